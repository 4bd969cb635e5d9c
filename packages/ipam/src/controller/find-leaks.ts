import { addressAt, formatPrefix, type Prefix } from '@manx/api'
import { reservedHandle } from '../block/block.ts'
import type { KnownAllocation, KnownBlock } from './informers.ts'
import { type KnownPod, mayUse } from './known-pod.ts'

/** An address whose pod does not use it. */
export interface Leak extends KnownAllocation {
  readonly block: Prefix
}

/** An address that looks unused. */
export interface Candidate {
  readonly block: Prefix
  readonly node: string
  /** When it did so first. */
  readonly since: number
}

export interface LeakSearch {
  readonly blocks: Iterable<Pick<KnownBlock, 'prefix' | 'allocations'>>
  /** By `namespace/name`. */
  readonly pod: (key: string) => KnownPod | undefined
  /** Whether the kubelet of the node works. */
  readonly isReady: (node: string) => boolean
  /** What the last search found. */
  readonly candidates: ReadonlyMap<string, Candidate>
  /** Milliseconds of a clock that never goes back. */
  readonly now: number
  /** Milliseconds that an address has to look unused. */
  readonly grace: number
}

export interface LeaksFound {
  /** For the next search. */
  readonly candidates: ReadonlyMap<string, Candidate>
  /** Found unused at least twice, with the time of grace in between. */
  readonly confirmed: readonly Leak[]
}

/**
 * Pure: which addresses nobody uses. Those of nodes whose kubelet does not work count as used, because containers may run
 * there whose pods were deleted by force; what belongs to no pod is nobody's business here; and a handle's addresses are
 * given back together or not at all.
 */
export function findLeaks({ blocks, pod, isReady, candidates, now, grace }: LeakSearch): LeaksFound {
  const found = new Map<string, Candidate>()
  const confirmed: Leak[] = []
  const kept = new Set<string>()
  for (const { prefix, allocations } of blocks) {
    const cidr = formatPrefix(prefix)
    for (const allocation of allocations) {
      const { ordinal, sequenceNumber, handle, namespace, pod: name, node } = allocation
      if (handle?.toLowerCase() === reservedHandle) continue
      const key = `${cidr} ${ordinal} ${sequenceNumber}`
      const given = { node, address: addressAt(prefix, ordinal), ...(handle === undefined ? {} : { handle }) }
      const isUsed = !isReady(node) || mayUse(pod(`${namespace}/${name}`), given)
      const since = candidates.get(key)?.since
      if (!isUsed) found.set(key, { block: prefix, node, since: since ?? now })
      if (!isUsed && since !== undefined && now - since >= grace) confirmed.push({ ...allocation, block: prefix })
      else if (handle !== undefined) kept.add(handle)
    }
  }
  return {
    candidates: found,
    confirmed: confirmed.filter(({ handle }) => handle === undefined || !kept.has(handle)),
  }
}
