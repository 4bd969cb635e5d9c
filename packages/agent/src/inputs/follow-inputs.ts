import { type Logger, type ObjectMeta, pause } from '@manx/api'
import type { Felix } from '@manx/felix'
import { feedFelix, feedKnownState, hostAddresses, nodeConfiguration } from './feed-felix.ts'
import { feedPolicy } from './feed-policy.ts'
import type { Informers } from './informers.ts'
import type { LastKnownGood } from './last-known-good.ts'

export interface FollowInputsOptions {
  readonly node: string
  readonly informers: Informers
  readonly synced: Promise<unknown>
  readonly felix: Felix
  readonly known: LastKnownGood
  readonly logger: Logger
  /** Milliseconds to wait for the API server before it is said that what was known last is used. */
  readonly patience: number
}

/** Changes are collected this long before they are written to disk. */
const writePause = 1000

/**
 * Hands felix its inputs: what was known last, then what the API server says. Only the latter lets felix remove what it does not
 * know. Then keeps the last known good state on disk, until the signal.
 */
export async function followInputs(options: FollowInputsOptions, signal: AbortSignal): Promise<void> {
  const { node, informers, synced, felix, known, logger, patience } = options
  const before = known.read()
  if (before !== undefined) feedKnownState(felix, before)
  // Rules that are there stay until policies are known. Where there are none, everything would be let through until then.
  felix.inSync({ sweep: false })
  const inTime = await Promise.race([synced.then(() => true), pause(patience, signal).then(() => false)])
  if (signal.aborted) return
  if (!inTime) {
    logger.warn('the API server does not answer: the node goes on with what it knew last', {
      pools: before?.pools.length ?? 0,
    })
    await Promise.race([synced, aborted(signal)])
    if (signal.aborted) return
  }
  feedFelix(felix, node, informers, before)
  feedPolicy(felix, informers)
  felix.inSync()
  logger.info('everything was read from the API server')
  await keepOnDisk(node, informers, known, signal)
}

async function keepOnDisk(
  node: string,
  informers: Informers,
  known: LastKnownGood,
  signal: AbortSignal,
): Promise<void> {
  const { nodes, ipPools, felixConfigurations, bgpConfigurations, bgpPeers } = informers
  const write = () =>
    known.write({
      pools: [...ipPools.store.list()].map(({ metadata: { name }, spec }) => ({ metadata: { name }, spec })),
      felixConfigurations: [nodeConfiguration(node, nodes.store, felixConfigurations.store)],
      hostAddresses: hostAddresses(nodes.store),
      bgpConfigurations: [...bgpConfigurations.store.list()].map(withIdentity),
      bgpPeers: [...bgpPeers.store.list()].map(withIdentity),
    })
  let timer: NodeJS.Timeout | undefined
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      write()
    }, writePause)
  }
  const ends = [
    nodes.store.subscribe(changed),
    ipPools.store.subscribe(changed),
    felixConfigurations.store.subscribe(changed),
    bgpConfigurations.store.subscribe(changed),
    bgpPeers.store.subscribe(changed),
  ]
  write()
  await aborted(signal)
  for (const end of ends) end()
  clearTimeout(timer)
  write()
}

/** Another object of the name has nothing to do with this one. */
function withIdentity<S>({ metadata, spec }: { readonly metadata: ObjectMeta; readonly spec: S }) {
  const { name, uid } = metadata
  return { metadata: { name, ...(uid === undefined ? {} : { uid }) }, spec }
}

/** Resolves at the abort. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
