import { addressBits, formatPrefix, type Prefix } from '@manx/api'
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
  readonly now: number
}

export type BlockFound =
  /** Nobody has it, or this node has it with space: claim it. */
  | { readonly kind: 'claim'; readonly prefix: Prefix }
  /** Everything is taken: these belong to others, are empty, and have been so long enough to be taken over. */
  | { readonly kind: 'reclaim'; readonly blocks: readonly BlockSummary[] }

/** A block is not taken from a node sooner than this after its claim, else two nodes could fight over it for ever. */
export const reclaimAge = 60_000

/** Where the node gets its next block from. */
export function findBlock(search: BlockSearch): BlockFound {
  const empty: BlockSummary[] = []
  for (const pool of search.pools) {
    for (const prefix of blocksOf(pool, seedOf(pool, search))) {
      if (search.reservations.covers(prefix)) continue
      const cidr = formatPrefix(prefix)
      const block = search.existing.get(prefix)
      if (block === undefined) {
        // Blocks of another pool, or of this one when it had another blockSize, may have some of the addresses.
        if (search.existing.crosses(prefix)) continue
        return { kind: 'claim', prefix }
      }
      if (block.affinity === search.affinity) {
        if (block.free > 0 && search.known?.has(cidr) !== true) return { kind: 'claim', prefix }
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

/** All blocks of a pool, once each, from a place that `seed` chooses. Lazy: an IPv6 pool may have 2^58. */
export function* blocksOf(pool: Pick<Pool, 'prefix' | 'blockLength'>, seed: number): Generator<Prefix> {
  const { family, value, length } = pool.prefix
  const count = 1n << BigInt(pool.blockLength - length)
  const shift = BigInt(addressBits(family) - pool.blockLength)
  const start = BigInt(seed) % count
  for (let step = 0n; step < count; step++) {
    yield { family, value: value + (((start + step) % count) << shift), length: pool.blockLength }
  }
}

/** How many blocks the pool has. */
export const blockCount = (pool: Pick<Pool, 'prefix' | 'blockLength'>): bigint =>
  1n << BigInt(pool.blockLength - pool.prefix.length)
