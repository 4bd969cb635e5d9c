import { join } from 'node:path'
import { createClient, formatAddress, type Informer, type KubernetesClient, type Logger } from '@manx/api'
import { createBgp } from '@manx/bgp'
import { type CniPorts, createCniHandlers, openJournal, openPlumbing, startCniServer } from '@manx/cni'
import { createFelix } from '@manx/felix'
import { createIpam } from '@manx/ipam'
import { warmThreadPool } from '@manx/netlink'
import { Bootstrap } from './bootstrap/node-identity.ts'
import type { AgentConfig } from './config/parse-config.ts'
import type { Environment } from './config/variables.ts'
import { routes, serveHttp } from './health/http-server.ts'
import { logReadiness } from './health/log-changes.ts'
import { createMetrics } from './health/metrics.ts'
import { allReasons, podReadiness, podReasons } from './health/readiness.ts'
import { aborted, followInputs } from './inputs/follow-inputs.ts'
import { createInformers } from './inputs/informers.ts'
import { lastKnownGood } from './inputs/last-known-good.ts'
import { createAddressPort } from './pods/address-port.ts'
import { createEndpointPort } from './pods/endpoint-port.ts'
import { PodSettings } from './pods/node-settings.ts'
import { createPodPort } from './pods/pod-port.ts'
import { ServePods } from './pods/serve-pods.ts'
import { runParts } from './run-parts.ts'
import { bgpPart, type NodeStatus } from './status/node-status.ts'
import { serveStatus } from './status/serve-status.ts'

export interface AgentOptions {
  readonly config: AgentConfig
  /** Felix reads its FELIX_* out of it. */
  readonly environment: Environment
  readonly logger: Logger
  readonly version: string
}

/**
 * Runs the node's process until the signal, then ends BGP gracefully and leaves the kernel as it is. Rejects when a part
 * fails: the process is to end then and be started again, which changes nothing in gobgpd or the kernel.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  warmThreadPool()
  const { kubeconfig } = options.config
  const client = await createClient(kubeconfig === undefined ? {} : { kubeconfig })
  try {
    await runWith(client, options, signal)
  } finally {
    await client.close()
  }
}

async function runWith(client: KubernetesClient, options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { config, environment, logger, version } = options
  const { node, sysctlRoot } = config
  const startedAt = new Date().toISOString()
  const informers = createInformers(client, node, logger)
  const all: readonly Informer<unknown>[] = Object.values(informers)
  const synced = Promise.all(all.map((informer) => informer.synced))
  const haveSynced = () => all.every(({ hasSynced }) => hasSynced)

  const felix = createFelix({ node, logger, environment, sysctlRoot })
  const bgp = createBgp({
    logger,
    node,
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
  const ipam = createIpam({
    client,
    node,
    logger,
    stores: {
      pools: informers.ipPools.store,
      configurations: informers.ipamConfigurations.store,
      nodes: informers.nodes.store,
      clusterInformations: informers.clusterInformations.store,
    },
  })
  const bootstrap = new Bootstrap({ client, config, logger, version, nodes: informers.nodes })
  const settings = new PodSettings({ node, pools: informers.ipPools.store, felix, mtu: config.mtu })
  const endpoints = createEndpointPort(felix, bgp)

  const podCondition = () => ({
    synced: haveSynced(),
    bootstrap: bootstrap.problem ?? (settings.known ? undefined : 'the MTU is not known yet'),
    felix: felix.health(),
    havePool: settings.read().families.length > 0,
  })
  const reasons = () => allReasons({ ...podCondition(), bgpReady: bgp.ready })
  const readiness = podReadiness(() => podReasons(podCondition()))
  const servePods = new ServePods({ client, node, conflistPath: config.conflistPath, readiness, logger })

  const journal = openJournal(config.journalFolder, logger)
  const metrics = createMetrics({
    endpoints: () => endpoints.size,
    attachments: () => journal.list().length,
    ready: () => reasons().length === 0,
    synced: haveSynced,
  })
  const ports: CniPorts = {
    pods: createPodPort(client, informers),
    addresses: createAddressPort(ipam, node),
    endpoints: endpoints.port,
    settings: settings.read,
    readiness,
    logger,
    observe: metrics.observeCni,
  }
  const plumbing = openPlumbing({ sysctlRoot })
  const handlers = createCniHandlers({ ports, journal, plumbing })
  endpoints.restore(handlers.attachments())

  const status = async (): Promise<NodeStatus> => {
    const contacts = all.flatMap(({ lastContact }) => lastContact ?? [])
    const [v4, v6] = ([4, 6] as const).map((family) => bootstrap.addresses[family])
    const present = reasons()
    return {
      version,
      node,
      startedAt,
      ready: present.length === 0,
      reasons: present,
      addresses: {
        ...(v4 === undefined ? {} : { v4: `${formatAddress(v4.address)}/${v4.length}` }),
        ...(v6 === undefined ? {} : { v6: `${formatAddress(v6.address)}/${v6.length}` }),
      },
      datastore: {
        server: client.server,
        synced: haveSynced(),
        ...(contacts.length === 0 ? {} : { lastContact: new Date(Math.max(...contacts)).toISOString() }),
      },
      ...bgpPart(await bgp.status()),
      felix: { health: felix.health(), endpoints: endpoints.size },
      cni: { attachments: journal.list().length, conflist: config.conflistPath },
      findings: [
        ...servePods.findings,
        ...journal.corrupted.map((file) => `${file} cannot be read: restart its pod`),
        ...felix.issues().map(({ object, message }) => `${object}: ${message}`),
      ],
    }
  }

  await using servers = new AsyncDisposableStack()
  const serve = async (
    parts: { enabled: boolean; host: string; port: number },
    listener: ReturnType<typeof routes>,
  ) => {
    if (parts.enabled) servers.use(await serveHttp(listener, parts))
  }
  await serve(
    config.health,
    routes({
      '/liveness': () => ({ status: 200, body: '{}' }),
      '/readiness': () => {
        const present = reasons()
        return { status: present.length === 0 ? 200 : 503, body: JSON.stringify({ reasons: present }) }
      },
    }),
  )
  await serve(
    config.metrics,
    routes({
      '/metrics': async () => ({
        status: 200,
        body: await metrics.registry.metrics(),
        type: metrics.registry.contentType,
      }),
    }),
  )
  servers.use(await serveStatus(config.statusSocket, status))
  servers.defer(() => plumbing.close())

  const ending = new AbortController()
  const { signal: end } = ending
  await felix.start(end)
  const cni = await startCniServer({ socketPath: config.cniSocket, serve: handlers.serve, logger })
  logger.info('the agent is running', { version, attachments: handlers.attachments().length })
  const known = lastKnownGood(config.stateFolder, logger)
  const parts = runParts(
    {
      felix: felix.stopped,
      bgp: bgp.run(end),
      informers: Promise.all(all.map((informer) => informer.run(end))),
      inputs: followInputs({ informers, synced, felix, known, logger, patience: config.datastoreWait }, end),
      pods: servePods.run(end),
      mtu: settings.run(logger, end),
      readiness: logReadiness(reasons, logger, end),
      bootstrap: bootstrap.run(end).then(() => aborted(end)),
      // Needs IPAM, so the API server.
      recovery: Promise.race([synced, aborted(end)])
        .then(() => (end.aborted ? undefined : handlers.recover()))
        .then(() => aborted(end)),
    },
    end,
  )
  try {
    await Promise.race([parts.failure, aborted(signal)])
    logger.info('the agent is ending')
    await cni.close()
    handlers.close()
    ending.abort()
    await parts.ended
    await bgp.stop()
  } finally {
    handlers.close()
    ending.abort()
    await cni.close(0)
    await parts.ended
  }
}
