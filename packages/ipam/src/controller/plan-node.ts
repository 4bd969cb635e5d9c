import { addressBits, type Family, type Labels, prefixContains } from '@manx/api'
import type { IpamSettings } from '../allocator/view.ts'
import { choosePools } from '../pools/choose-pools.ts'
import { blockCount } from '../pools/find-block.ts'
import type { Pool } from '../pools/pool.ts'
import type { KnownBlock } from './informers.ts'

export interface NodePlanInput {
  readonly node: string
  readonly labels: Labels
  readonly pools: readonly Pool[]
  /** All blocks that have this node as their owner. */
  readonly own: readonly KnownBlock[]
  /** How many blocks of the pool nobody can claim: they exist, whoever owns them, or are reserved. */
  readonly takenOf: (pool: Pool) => bigint
  /** How many nodes there are that may want blocks. */
  readonly nodeCount: number
  readonly settings: IpamSettings
}

/** One more block that the node should have, from the first of the pools that has one. */
export interface BlockWanted {
  readonly family: Family
  readonly pools: readonly Pool[]
  /** `none`: the pools have no block left that nobody has; an idle one of another node must do. */
  readonly why: 'first' | 'low' | 'none'
}

/** A node is low when less than this part of one block is free. */
const lowWater = 0.25

/** The blocks that a node should be given before its pods need them; at most one of each family at a time. */
export function planNode(input: NodePlanInput): BlockWanted[] {
  if (!input.settings.autoAllocateBlocks) return []
  return ([4, 6] as const).flatMap((family): BlockWanted[] => {
    const query = { family, use: 'Workload', nodeLabels: input.labels } as const
    // Pools for certain namespaces are left to the nodes: here nobody knows which namespaces will come.
    const pools = choosePools(input.pools, query).pools
    const own = input.own.filter(({ prefix }) => pools.some((pool) => prefixContains(pool.prefix, prefix)))
    if (own.length === 0) {
      const open = pools.filter((pool) => unclaimed(pool, input) > 0n)
      if (open.length > 0) return [{ family, pools: open, why: 'first' }]
      return pools.length === 0 ? [] : [{ family, pools, why: 'none' }]
    }
    const all = input.own.filter(({ prefix }) => prefix.family === family).length
    if (all >= input.settings.maxBlocksPerHost) return []
    // Plenty: every node could still take one more, so a reserve for this one takes from nobody.
    const plenty = pools.filter((pool) => unclaimed(pool, input) >= BigInt(Math.max(input.nodeCount, 1)))
    if (plenty.length > 0) return isLow(own, plenty[0]) ? [{ family, pools: plenty, why: 'low' }] : []
    // What is left belongs to whoever asks first; only when nothing is left there is something to redistribute.
    const usedUp = pools.every((pool) => unclaimed(pool, input) <= 0n) && own.every(({ free }) => free === 0)
    return usedUp ? [{ family, pools, why: 'none' }] : []
  })
}

function isLow(own: readonly KnownBlock[], pool: Pool | undefined): boolean {
  if (pool === undefined) return false
  const size = 2 ** (addressBits(pool.prefix.family) - pool.blockLength)
  const free = own.reduce((sum, block) => sum + block.free, 0)
  return free < Math.max(1, size * lowWater)
}

const unclaimed = (pool: Pool, { takenOf }: NodePlanInput): bigint => blockCount(pool) - takenOf(pool)
