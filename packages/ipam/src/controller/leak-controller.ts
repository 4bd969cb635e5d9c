import {
  addressAt,
  BlockAffinity,
  createWorkQueue,
  formatAddress,
  formatPrefix,
  IPAMBlock,
  IPAMHandle,
  ignoreNotFound,
  type Prefix,
  pods,
  prefixContains,
  resourceOf,
  untilSynced,
} from '@manx/api'
import { readSettings } from '../allocator/cluster-view.ts'
import { Handles } from '../datastore/handles.ts'
import { ObjectStore } from '../datastore/object-store.ts'
import type { ControllerOptions } from './controller-options.ts'
import { type Candidate, findLeaks, type Leak } from './find-leaks.ts'
import type { IpamInformers } from './informers.ts'
import { knownPod, mayUse } from './known-pod.ts'
import { leakSettings } from './leak-settings.ts'
import { releaseAllocations } from './release-allocations.ts'

export interface LeakControllerOptions extends ControllerOptions<IpamInformers> {
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

/** Gives back addresses that stayed allocated after their pods were gone: of a DEL that was lost, for example. */
export interface LeakController {
  /** Waits for the informers, then searches now and then until the signal. */
  run(signal: AbortSignal): Promise<void>
  /** Searches now. */
  refresh(): void
  /** 1 while it searches. The next search, which always waits, is not counted. */
  readonly backlog: number
  /** Addresses that look unused, and have not done so for long enough. */
  candidates(): readonly LeakCount[]
  /** Addresses that were given back since the start of the process, of nodes that there are. */
  reclaimed(): readonly LeakCount[]
}

export interface LeakCount {
  /** '' for addresses outside all pools. */
  readonly pool: string
  readonly node: string
  readonly count: number
}

const everything = 'addresses'
/** Requests at once. */
const concurrency = 8

export function createLeakController(options: LeakControllerOptions): LeakController {
  const { client, informers, logger, guard, report = () => undefined, now = () => performance.now() } = options
  const objects = {
    blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
    affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
    handles: new Handles(new ObjectStore(client, resourceOf(IPAMHandle))),
  }
  const reclaimed = new Map<string, LeakCount>()
  let candidates: ReadonlyMap<string, Candidate> = new Map()
  let isSearching = false
  const poolOf = (block: Prefix) =>
    [...informers.pools.store.list()].find(({ prefix }) => prefixContains(prefix, block))?.name ?? ''
  const countFor = (counts: Map<string, LeakCount>, pool: string, node: string, more: number) => {
    const key = `${pool} ${node}`
    counts.set(key, { pool, node, count: (counts.get(key)?.count ?? 0) + more })
  }
  const settings = () => {
    const { store, malformed } = informers.kubeControllers
    return leakSettings(store.get('default'), malformed.has('default'))
  }

  /** Asks the API server itself: informers may be behind. */
  const isUnused = async ({ namespace, pod, node, block, ordinal, handle }: Leak, signal: AbortSignal) => {
    const stored = await ignoreNotFound(client.get(pods, { namespace, name: pod }, { signal }))
    const given = { node, address: addressAt(block, ordinal), ...(handle === undefined ? {} : { handle }) }
    return !mayUse(stored === undefined ? undefined : knownPod(stored), given)
  }
  const stillUnused = async (leaks: readonly Leak[], signal: AbortSignal): Promise<readonly Leak[]> => {
    const used = new Set<Leak>()
    for (let at = 0; at < leaks.length; at += concurrency) {
      const some = leaks.slice(at, at + concurrency)
      await Promise.all(some.map(async (leak) => (await isUnused(leak, signal)) || used.add(leak)))
    }
    const keptHandles = new Set([...used].flatMap(({ handle }) => handle ?? []))
    return leaks.filter((leak) => !used.has(leak) && (leak.handle === undefined || !keptHandles.has(leak.handle)))
  }
  const releaseLeaks = async (leaks: readonly Leak[], signal: AbortSignal) => {
    const { cooldownSeconds } = readSettings(informers.configurations.store.get('default'))
    for (const [, some] of Map.groupBy(leaks, ({ block, node }) => `${formatPrefix(block)} ${node}`)) {
      const [first] = some
      if (first === undefined) continue
      const { block, node } = first
      const count = await releaseAllocations({ ...objects, cooldownSeconds, now: Date.now }, block, some, signal)
      if (count === 0) continue
      const cidr = formatPrefix(block)
      if (informers.nodes.store.has(node)) countFor(reclaimed, poolOf(block), node, count)
      const note = describe(some, count)
      logger.warn(note, { node, block: cidr })
      report({
        apiVersion: 'v1',
        kind: 'Node',
        name: node,
        type: 'Warning',
        reason: 'LeakedAddresses',
        action: 'Release',
        note,
      })
    }
  }
  const search = async (_key: string, signal: AbortSignal) => {
    const { grace, period } = settings()
    queue.addAfter(everything, period)
    if (grace === 0) {
      candidates = new Map()
      return
    }
    const found = findLeaks({
      blocks: informers.blocks.store.list(),
      pod: (key) => informers.pods.store.get(key),
      isReady: (node) => informers.nodes.store.get(node)?.ready === true,
      candidates,
      now: now(),
      grace,
    })
    candidates = found.candidates
    const isLocked = informers.clusterInformations.store.get('default')?.spec.datastoreReady === false
    if (isLocked || found.confirmed.length === 0) return
    await releaseLeaks(await stillUnused(found.confirmed, signal), signal)
  }
  const queue = createWorkQueue({
    name: 'ipam-leaks',
    logger,
    process: async (key, signal) => {
      isSearching = true
      await search(key, signal).finally(() => {
        isSearching = false
      })
    },
    ...(guard === undefined ? {} : { guard }),
  })
  informers.kubeControllers.store.subscribe(() => queue.add(everything))
  // Or clusters whose nodes come and go would have counts of all that ever were.
  informers.nodes.store.subscribe((change) => {
    if (change.type !== 'removed') return
    for (const [key, { node }] of reclaimed) if (node === change.key) reclaimed.delete(key)
  })
  return {
    refresh: () => queue.add(everything),
    get backlog() {
      return Number(isSearching)
    },
    candidates: () => {
      const counts = new Map<string, LeakCount>()
      for (const { block, node } of candidates.values()) countFor(counts, poolOf(block), node, 1)
      return [...counts.values()]
    },
    reclaimed: () => [...reclaimed.values()],
    run: async (signal) => {
      if (!(await untilSynced(Object.values(informers), signal))) return
      // What was seen in an earlier term as leader is too old to count.
      candidates = new Map()
      queue.add(everything)
      await queue.run(signal)
    },
  }
}

function describe(leaks: readonly Leak[], count: number): string {
  const names = leaks.slice(0, 5).map(({ block, ordinal, namespace, pod }) => {
    const address = addressAt(block, ordinal)
    return `${address === undefined ? '?' : formatAddress(address)} of ${namespace}/${pod}`
  })
  const more = leaks.length > names.length ? ', …' : ''
  return `Released ${count} ${count === 1 ? 'address' : 'addresses'} that no pod uses any more: ${names.join(', ')}${more}`
}
