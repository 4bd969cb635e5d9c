import { describeResource, type KubernetesClient, type Logger, runAsLeader } from '@manx/api'
import { createIpamController, createIpamInformers, createPoolController } from '@manx/ipam'
import { routes, serveHttp } from '@manx/process'
import type { ControllersConfig } from './config.ts'
import { createMetrics } from './create-metrics.ts'

/** The Lease that says which process works. */
export const leaseName = 'manx-controllers'

/**
 * Runs until the signal: informers in every process, so that the next leader need not begin with a list; controllers in
 * the leader alone. Resolves when all has ended and the Lease is given back.
 */
export async function runControllers(
  client: KubernetesClient,
  config: ControllersConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const informers = createIpamInformers(client, logger)
  const ipam = createIpamController({ client, informers, logger })
  const pools = createPoolController({ client, informers, logger })
  let leads = false
  const all = Object.values(informers)
  const readiness = () => {
    const waiting = all.filter(({ hasSynced }) => !hasSynced).map(({ resource }) => describeResource(resource))
    if (waiting.length === 0)
      return { status: 200, body: leads ? 'ready, leads\n' : 'ready, waits for the leader to end\n' }
    return { status: 503, body: `waits for the first list of ${waiting.join(', ')}\n` }
  }
  await using servers = new AsyncDisposableStack()
  const probes = routes({ '/liveness': () => ({ status: 200, body: 'alive\n' }), '/readiness': readiness })
  servers.use(await serveHttp(probes, config.health))
  if (config.metrics !== undefined) {
    const registry = createMetrics({ ipam, isLeader: () => leads })
    const metrics = async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType })
    servers.use(await serveHttp(routes({ '/metrics': metrics }), config.metrics))
  }
  const lead = async (term: AbortSignal) => {
    leads = true
    try {
      await Promise.all([ipam.run(term), pools.run(term)])
    } finally {
      leads = false
    }
  }
  const { namespace, identity, leaseSeconds } = config
  await Promise.all([
    ...all.map((informer) => informer.run(signal)),
    runAsLeader({ client, namespace, name: leaseName, identity, leaseSeconds, logger, signal, lead }),
  ])
}
