import { join } from 'node:path'
import { createClient, pause } from '@manx/api'
import { warmThreadPool } from '@manx/netlink'
import { createParts, type PartsOptions } from './create-parts.ts'
import { endInOrder } from './end-in-order.ts'
import { loadMetrics } from './health/load-metrics.ts'
import { serveHealth } from './health/serve-health.ts'
import { aborted } from './inputs/follow-inputs.ts'
import { ownPodStays } from './pods/own-pod-stays.ts'
import { serveCni } from './serve-cni.ts'
import { startParts, statusPrefix } from './start-parts.ts'
import { readStatus } from './status/read-status.ts'
import { rememberErrors } from './status/remember-errors.ts'
import { serveStatus } from './status/serve-status.ts'
import { type Leftovers, removeFromNode } from './uninstall/remove-from-node.ts'

export type AgentOptions = Omit<PartsOptions, 'client' | 'recentErrors' | 'createMetrics'>

/** Milliseconds that the parts have to end after a failure. */
const patience = 10_000

/**
 * Runs the node's process until the signal, then leaves the kernel as it is and, when the whole pod ends, stops BGP gracefully. Rejects when a part
 * fails: the process is to end then and be started again, which changes nothing in gobgpd or the kernel.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  warmThreadPool()
  const { kubeconfig } = options.config
  const client = await createClient(kubeconfig === undefined ? {} : { kubeconfig })
  try {
    const { logger, recent: recentErrors } = rememberErrors(options.logger)
    const createMetrics = await loadMetrics(options.config.metrics.enabled)
    await runWith({ ...options, client, logger, recentErrors, createMetrics }, signal)
  } finally {
    await client.close()
  }
}

async function runWith(options: PartsOptions, signal: AbortSignal): Promise<void> {
  const { client, config, logger, version } = options
  const startedAt = new Date().toISOString()
  const parts = createParts(options)
  const { handlers, endpoints, felix, bgp, plumbing, reasons, components, metrics } = parts

  await using open = new AsyncDisposableStack()
  open.defer(() => plumbing.close())
  // First, because it refuses to start beside another agent.
  const cni = await serveCni({ socketPath: config.cniSocket, handlers, endpoints, logger })
  open.defer(() => cni.close(0))
  open.use(await serveHealth({ config, components, reasons, metrics }))
  open.use(await serveStatus(config.statusSocket, () => readStatus(parts, options, startedAt)))

  const ending = new AbortController()
  const bgpEnding = new AbortController()
  await felix.start(ending.signal)
  logger.info('the agent is running', { version, attachments: handlers.attachments().length })
  const bgpRuns = bgp.run(bgpEnding.signal)
  const running = startParts(options, parts, { bgpRuns, end: ending.signal })
  const endParts = () => {
    handlers.close()
    bgpEnding.abort()
    ending.abort()
    return running.ended
  }
  try {
    await Promise.race([running.failure, aborted(signal)])
  } catch (error) {
    await Promise.race([endParts(), pause(patience)])
    throw error
  }
  logger.info('the agent is ending')
  const kept = await endInOrder({
    drain: () => cni.close(),
    keepBgp: () => ownPodStays(client, { namespace: config.namespace, name: config.podName }),
    endBgp: async () => {
      bgpEnding.abort()
      await bgpRuns.catch(() => undefined)
    },
    stopBgp: () => bgp.stop(),
    endParts,
  })
  if (kept) logger.info('only the agent restarts: gobgpd and its sessions go on')
  // A new version, or a restart of the pod, goes on with what there is; only the end of the whole deployment does not.
  else if (parts.deployment?.isRemoved() === true) await removeFromNode({ ...leftovers(options, parts), logger })
}

function leftovers(options: PartsOptions, parts: ReturnType<typeof createParts>): Leftovers {
  const prefix = statusPrefix(options, parts)
  const { conflistPath, runFolder, stateFolder, cniFolder } = options.config
  return {
    kernel: { interfacePrefixes: parts.felix.settings.interfacePrefix },
    files: {
      conflistPath,
      runFolder,
      stateFolder,
      cniFolder,
      statusFolder: prefix === '' ? undefined : join(prefix, 'endpoint-status'),
    },
  }
}
