import { join } from 'node:path'
import type { Informer, KubernetesClient, Logger } from '@manx/api'
import { type Bgp, createBgp } from '@manx/bgp'
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
import { Bootstrap } from './bootstrap/bootstrap.ts'
import type { AgentConfig } from './config/parse-config.ts'
import type { Environment } from './config/variables.ts'
import { createMetrics, type Metrics } from './health/metrics.ts'
import { allReasons, podReadiness, podReasons } from './health/readiness.ts'
import { createInformers, type Informers } from './inputs/informers.ts'
import { createAddressPort } from './pods/address-port.ts'
import { createEndpointPort, type EndpointPort } from './pods/endpoint-port.ts'
import { PodSettings } from './pods/node-settings.ts'
import { createPodPort } from './pods/pod-port.ts'
import { ServePods } from './pods/serve-pods.ts'

export interface PartsOptions {
  readonly client: KubernetesClient
  readonly config: AgentConfig
  /** Felix reads its FELIX_* out of it. */
  readonly environment: Environment
  readonly logger: Logger
  readonly version: string
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
  /** Why the node is not ready; empty when it is. */
  readonly reasons: () => readonly string[]
}

export function createParts(options: PartsOptions): Parts {
  const { client, config, environment, logger, version } = options
  const { node, sysctlRoot } = config
  const informers = createInformers(client, node, logger)
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
  })
  const endpoints = createEndpointPort(felix, bgp)

  const podCondition = () => ({
    synced: hasSynced(),
    bootstrap: bootstrap.problem ?? (podSettings.known ? undefined : 'the MTU is not known yet'),
    felix: felix.health(),
    havePool: podSettings.read().families.length > 0,
  })
  const reasons = () => allReasons({ ...podCondition(), bgpReady: bgp.ready })
  const readiness = podReadiness(() => podReasons(podCondition()))

  const journal = openJournal(config.journalFolder, logger)
  const metrics = createMetrics({
    endpoints: () => endpoints.size,
    attachments: () => journal.list().length,
    ready: () => reasons().length === 0,
    synced: hasSynced,
  })
  const ports: CniPorts = {
    pods: createPodPort(client, informers),
    addresses: createAddressPort(ipam, node),
    endpoints: endpoints.port,
    settings: podSettings.read,
    readiness,
    logger,
    observe: metrics.observeCni,
  }
  const plumbing = openPlumbing({ sysctlRoot })
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
    handlers: createCniHandlers({ ports, journal, plumbing }),
    metrics,
    reasons,
  }
}

function wireBgp({ client, config, logger }: PartsOptions, informers: Informers, synced: Promise<unknown>): Bgp {
  return createBgp({
    logger,
    node: config.node,
    stores: {
      nodes: informers.nodes.store,
      bgpConfigurations: informers.bgpConfigurations.store,
      bgpPeers: informers.bgpPeers.store,
      ipPools: informers.ipPools.store,
      blockAffinities: informers.blockAffinities.store,
    },
    synced,
    gobgpSocket: config.gobgpSocket,
    statePath: join(config.stateFolder, 'bgp.json'),
    secrets: { client, namespace: config.namespace },
    settings: {
      importAll: config.importAll,
      ...(config.routerId === undefined ? {} : { routerId: config.routerId }),
    },
  })
}
