import { type Informer, type KubernetesClient, type Logger, silentLogger } from '@manx/api'
import type { Bgp } from '@manx/bgp'
import {
  type CniHandlers,
  type CniPorts,
  createCniHandlers,
  type Journal,
  openJournal,
  openPlumbing,
  type Plumbing,
} from '@manx/cni'
import { createFelix, type Felix } from '@manx/felix'
import { createIpam } from '@manx/ipam'
import { openRouteSocket } from '@manx/netlink'
import { type ComponentStatus, type EndpointStatus, type Hanging, usualLimit, Watchdog } from '@manx/process'
import { Bootstrap } from './bootstrap/bootstrap.ts'
import type { AgentConfig } from './config/parse-config.ts'
import type { Environment } from './config/variables.ts'
import type { MetricSources, Metrics } from './health/metrics.ts'
import { readIpvs } from './health/read-ipvs.ts'
import { allReasons, componentsOf, podReadiness, podReasons } from './health/readiness.ts'
import { createInformers, type Informers } from './inputs/informers.ts'
import { lastKnownGood } from './inputs/last-known-good.ts'
import { createAddressPort } from './pods/address-port.ts'
import { createEndpointPort, type EndpointPort } from './pods/endpoint-port.ts'
import { PodSettings } from './pods/node-settings.ts'
import { createPodPort } from './pods/pod-port.ts'
import { ServePods } from './pods/serve-pods.ts'
import { Rejections } from './rejections/rejections.ts'
import { endpointStates } from './status/endpoint-states.ts'
import type { RememberedError } from './status/remember-errors.ts'
import { type Deployment, followDeployment } from './uninstall/follow-deployment.ts'
import { wireBgp } from './wire-bgp.ts'

export interface PartsOptions {
  readonly client: KubernetesClient
  readonly config: AgentConfig
  /** Felix reads its FELIX_* out of it. */
  readonly environment: Environment
  readonly logger: Logger
  readonly version: string
  readonly createMetrics: (sources: MetricSources) => Metrics
  /** The last lines of the log that say that something is wrong. */
  readonly recentErrors: () => readonly RememberedError[]
}

/** Everything that a node runs, made and wired; nothing is started yet. */
export interface Parts {
  readonly informers: Informers
  readonly allInformers: readonly Informer<unknown>[]
  readonly synced: Promise<unknown>
  readonly hasSynced: () => boolean
  readonly felix: Felix
  readonly bgp: Bgp
  readonly bootstrap: Bootstrap
  readonly podSettings: PodSettings
  readonly servePods: ServePods
  readonly endpoints: EndpointPort
  readonly journal: Journal
  readonly plumbing: Plumbing
  readonly handlers: CniHandlers
  readonly metrics: Metrics
  readonly watchdog: Watchdog
  readonly rejections: Rejections
  /** Absent: the agent was not told what it is of. */
  readonly deployment: Deployment | undefined
  /** Why the node is not ready; empty when it is. */
  readonly reasons: () => readonly string[]
  readonly components: () => readonly ComponentStatus[]
  readonly endpointStates: () => Promise<readonly EndpointStatus[]>
}

/** Milliseconds after which a CNI request hangs; its caller has been sent away long before. */
const requestLimit = 180_000

export function createParts(options: PartsOptions): Parts {
  const { client, config, environment, logger, version } = options
  const { node, sysctlRoot } = config
  const rejections = new Rejections()
  const watchdog = new Watchdog()
  // Whoever feeds felix with it says what is wrong with it.
  const before = lastKnownGood(config.stateFolder, silentLogger).read()
  const informers = createInformers({ client, node, logger, rejections, before })
  const allInformers: readonly Informer<unknown>[] = Object.values(informers)
  const synced = Promise.all(allInformers.map((informer) => informer.synced))
  const hasSynced = () => allInformers.every((informer) => informer.hasSynced)

  const felix = createFelix({ node, logger, environment, sysctlRoot })
  const bgp = wireBgp(options, informers, synced)
  const ipam = createIpam({
    client,
    node,
    logger,
    stores: {
      pools: informers.ipPools.store,
      configurations: informers.ipamConfigurations.store,
      nodes: informers.nodes.store,
      clusterInformations: informers.clusterInformations.store,
      // A DEL before that must not take what is not known for what is not there.
      hasSynced,
    },
  })
  const bootstrap = new Bootstrap({ client, config, logger, version, nodes: informers.nodes })
  const podSettings = new PodSettings({
    node,
    pools: informers.ipPools.store,
    nodes: informers.nodes.store,
    felix,
    mtu: config.mtu,
    watchdog,
  })
  const endpoints = createEndpointPort(felix, bgp)

  const podCondition = () => ({
    synced: hasSynced(),
    bootstrap: bootstrap.problem ?? (podSettings.known ? undefined : 'the MTU is not known yet'),
    felix: felix.health(),
    havePool: podSettings.read().families.length > 0,
    ipvs: readIpvs(),
  })
  const condition = () => ({ ...podCondition(), bgpReady: bgp.ready })
  const reasons = () => allReasons(condition())
  const readiness = podReadiness(() => podReasons(podCondition()))

  const journal = openJournal(config.journalFolder, logger)
  const metrics = options.createMetrics({
    node,
    felix,
    bgp,
    nodes: () => informers.nodes.store.size,
    attachments: () => journal.list().length,
    ready: () => reasons().length === 0,
    synced: hasSynced,
    rejected: () => rejections.list(),
  })
  const ports: CniPorts = {
    pods: createPodPort({ client, node, informers, felix }),
    addresses: createAddressPort(ipam, node, metrics.observeIpam),
    endpoints: endpoints.port,
    settings: podSettings.read,
    readiness,
    logger,
    observe: metrics.observeCni,
  }
  const plumbing = openPlumbing({ sysctlRoot })
  const handlers = createCniHandlers({ ports, journal, plumbing })
  const { namespace, daemonSet } = config
  return {
    informers,
    allInformers,
    synced,
    hasSynced,
    felix,
    bgp,
    bootstrap,
    podSettings,
    servePods: new ServePods({
      client,
      node,
      nodes: informers.nodes.store,
      conflistPath: config.conflistPath,
      readiness,
      logger,
    }),
    endpoints,
    journal,
    plumbing,
    handlers: {
      ...handlers,
      serve: (request, signal) => watchdog.guard('cni', requestLimit, () => handlers.serve(request, signal)),
    },
    metrics,
    watchdog,
    rejections,
    deployment:
      daemonSet === undefined
        ? undefined
        : followDeployment({ client, namespace, daemonSet, namespaces: informers.namespaces.store, logger }),
    reasons,
    components: () => componentsOf(condition(), [...watchdog.hanging(), ...longRound(felix)]),
    endpointStates: async () => {
      using socket = openRouteSocket()
      return endpointStates({ endpoints: endpoints.list(), felix, links: await socket.links() })
    },
  }
}

/** A round of felix's apply loop that does not end. */
function longRound(felix: Felix): readonly Hanging[] {
  const { roundSeconds } = felix.statistics()
  return roundSeconds * 1000 < usualLimit ? [] : [{ name: 'felix', seconds: Math.round(roundSeconds) }]
}
