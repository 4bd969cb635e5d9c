import { addressBits, formatPrefix, type Prefix, prefixSize } from '@manx/api'
import { fnv32, isSingleAddress } from '../names.ts'
import type { BlockSpace } from './block-space.ts'
import type { Pool } from './pool.ts'
import type { Reservations } from './reservations.ts'

/** What the search needs to know of a block that exists. */
export interface BlockSummary {
  readonly prefix: Prefix
  readonly affinity?: string
  /** Milliseconds since 1970 of the claim; absent: long ago. */
  readonly claimedAt?: number
  /** Addresses that may be assigned. */
  readonly free: number
  readonly empty: boolean
  readonly sequenceNumber: bigint
}

export interface BlockSearch {
  readonly pools: readonly Pool[]
  /** Of the node that wants a block. */
  readonly affinity: string
  /** Own blocks (CIDR text) that it knows of: it wants another one. */
  readonly known?: ReadonlySet<string>
  readonly existing: BlockSpace<BlockSummary>
  readonly reservations: Reservations
  /** What turned out not to be free, though `existing` does not show it. */
  readonly barred?: BlockSpace<{ readonly prefix: Prefix }>
  readonly now: number
}

export type BlockFound =
  /** Nobody has it, or this node has it with space: claim it. */
  | { readonly kind: 'claim'; readonly prefix: Prefix }
  /** Everything is taken: these belong to others, are empty, and have been so long enough to be taken over. */
  | { readonly kind: 'reclaim'; readonly blocks: readonly BlockSummary[] }

/** A block is not taken from a node sooner than this after its claim, else two nodes could fight over it for ever. */
export const reclaimAge = 60_000

/** Where the node gets its next block from. Costs a step per block and reservation that it meets, however large the pools are. */
export function findBlock(search: BlockSearch): BlockFound {
  const { reservations, existing, barred, known } = search
  const empty: BlockSummary[] = []
  // Blocks of another pool, or of this one when it had larger ones, may have the addresses of many.
  const taken = (prefix: Prefix) =>
    reservations.covering(prefix) ??
    existing.around(prefix) ??
    barred?.around(prefix) ??
    (barred?.has(prefix) === true ? prefix : undefined)
  for (const pool of search.pools) {
    for (const prefix of blocksOf(pool, seedOf(pool, search), taken)) {
      const block = existing.get(prefix)
      if (block === undefined) {
        // So may those of when it had smaller ones.
        if (existing.crosses(prefix)) continue
        return { kind: 'claim', prefix }
      }
      if (block.affinity === search.affinity) {
        if (block.free > 0 && known?.has(formatPrefix(prefix)) !== true) return { kind: 'claim', prefix }
      } else if (block.empty && block.free > 0 && search.now - (block.claimedAt ?? 0) >= reclaimAge) {
        empty.push(block)
      }
    }
  }
  return { kind: 'reclaim', blocks: empty }
}

// Blocks of one address are claimed and dropped so often that nodes would always meet at the same few.
function seedOf(pool: Pool, search: BlockSearch): number {
  const single = isSingleAddress({ ...pool.prefix, length: pool.blockLength })
  return fnv32(single ? `${search.affinity}${search.now}` : search.affinity)
}

/**
 * All blocks of a pool, once each, from a place that `seed` chooses, but for those that are in what `taken` names: a prefix
 * around the block, or the block itself. Lazy, and over what is taken in one step: an IPv6 pool may have 2^58 blocks.
 */
export function* blocksOf(
  pool: Pick<Pool, 'prefix' | 'blockLength'>,
  seed: number,
  taken: (block: Prefix) => Prefix | undefined = () => undefined,
): Generator<Prefix> {
  const { family, value } = pool.prefix
  const count = blockCount(pool)
  const shift = BigInt(addressBits(family) - pool.blockLength)
  const start = BigInt(seed) % count
  const parts = [
    { from: start, to: count },
    { from: 0n, to: start },
  ]
  for (const { from, to } of parts) {
    let index = from
    while (index < to) {
      const prefix = { family, value: value + (index << shift), length: pool.blockLength }
      const around = taken(prefix)
      if (around === undefined) yield prefix
      // The widest may begin before the pool, and end after it.
      index = around === undefined ? index + 1n : (around.value + prefixSize(around) - value) >> shift
    }
  }
}

/** How many blocks the pool has. */
export const blockCount = (pool: Pick<Pool, 'prefix' | 'blockLength'>): bigint =>
  1n << BigInt(pool.blockLength - pool.prefix.length)
