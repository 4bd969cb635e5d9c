import { type Logger, messageOf, pause } from '@manx/api'
import { usualLimit } from '@manx/process'
import type { createParts, PartsOptions } from './create-parts.ts'
import { logReadiness } from './health/log-readiness.ts'
import { nodeConfiguration } from './inputs/feed-felix.ts'
import { aborted, followInputs } from './inputs/follow-inputs.ts'
import { lastKnownGood } from './inputs/last-known-good.ts'
import { collectRejections } from './rejections/collect-rejections.ts'
import { writeEvents } from './rejections/write-events.ts'
import { releaseMemory } from './release-memory.ts'
import { keepEndpointFiles } from './status/endpoint-files.ts'
import { forgetNode } from './uninstall/forget-node.ts'
import { type RunningParts, watchParts } from './watch-parts.ts'

export type StartedParts = ReturnType<typeof createParts>

/** Milliseconds between two questions to BGP whose answers show that it is alive. */
const pulse = 30_000

/** Starts all that runs until the end. */
export function startParts(
  options: PartsOptions,
  parts: StartedParts,
  { bgpRuns, end }: { readonly bgpRuns: Promise<void>; readonly end: AbortSignal },
): RunningParts {
  const { client, config, logger } = options
  const { informers, allInformers, synced, felix, bgp, podSettings, servePods, handlers, reasons, rejections } = parts
  const { watchdog } = parts
  const known = lastKnownGood(config.stateFolder, logger)
  const recover = async () => {
    // Needs IPAM, so the API server.
    await Promise.race([synced, aborted(end)])
    if (!end.aborted) await handlers.recover()
    await aborted(end)
  }
  const askBgp = async () => {
    while (!end.aborted) {
      await pause(pulse, end)
      await watchdog.guard('bgp', usualLimit, () => bgp.ask()).catch(() => undefined)
    }
  }
  return watchParts(
    {
      felix: felix.stopped,
      bgp: bgpRuns,
      informers: Promise.all(allInformers.map((informer) => informer.run(end))),
      inputs: followInputs(
        { node: config.node, informers, synced, felix, known, logger, patience: config.datastoreWait },
        end,
      ),
      node: keepNode(options, parts, end),
      pods: servePods.run(end),
      mtu: podSettings.run(logger, end),
      recovery: recover(),
      readiness: logReadiness(reasons, logger, end),
      rejections: collectRejections({ informers, felix, bgp, rejections, logger }, end),
      events: writeEvents({ client, node: config.node, rejections, logger }, end),
      endpointFiles: keepEndpointFiles(
        { prefix: () => statusPrefix(options, parts), up: () => upEndpoints(parts), logger },
        end,
      ),
      pulse: askBgp(),
      memory: releaseMemory(synced, end).then(() => aborted(end)),
    },
    end,
  )
}

/** Keeps the node known until the cluster is told to forget Manx. */
async function keepNode(
  { client, config, logger }: PartsOptions,
  parts: StartedParts,
  end: AbortSignal,
): Promise<void> {
  const { bootstrap, deployment } = parts
  const forgotten = new AbortController()
  const stop = AbortSignal.any([end, forgotten.signal])
  const following = deployment?.run(end)
  const running = bootstrap.run(stop)
  const removed = deployment?.namespaceEnds.then(() => forgotten.abort())
  await Promise.race([aborted(end), ...(removed === undefined ? [] : [removed])])
  if (!end.aborted) {
    logger.info('Manx is being removed from the cluster', { namespace: config.namespace })
    await running
    await forgetNode(client, config.node, end).catch((error) => noteFailure(logger, error))
  }
  await Promise.all([running, following, aborted(end)])
}

function noteFailure(logger: Logger, error: unknown): void {
  logger.warn('the annotations of the Node stay', { error: messageOf(error) })
}

/** Where the state of endpoints is written; the environment goes before the objects. */
export function statusPrefix({ config }: PartsOptions, { informers }: StartedParts): string {
  if (config.endpointStatusPrefix !== undefined) return config.endpointStatusPrefix
  const { spec } = nodeConfiguration(config.node, informers.nodes.store, informers.felixConfigurations.store)
  return spec.endpointStatusPathPrefix ?? ''
}

async function upEndpoints({ endpoints, endpointStates }: StartedParts) {
  const states = await endpointStates()
  const up = new Set(states.filter(({ state }) => state === 'up').map(({ interfaceName }) => interfaceName))
  return [...endpoints.list()].filter(({ interfaceName }) => up.has(interfaceName))
}
