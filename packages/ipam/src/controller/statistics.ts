import { prefixContains, prefixSize } from '@manx/api'
import { hostOf } from '../block/block.ts'
import type { Pool } from '../pools/pool.ts'
import type { KnownBlock } from './informers.ts'

export interface NodeStatistics {
  /** Blocks that the node owns. */
  readonly blocks: number
  /** Addresses of the node's pods. */
  readonly inUse: number
  /** Of these, those in blocks of others. */
  readonly borrowed: number
}

export interface PoolStatistics {
  readonly pool: string
  readonly size: bigint
  /** By node; '' for what belongs to no node. */
  readonly nodes: ReadonlyMap<string, NodeStatistics>
}

/** Who uses how much of which pool; blocks outside all pools come under the pool ''. */
export function poolStatistics(pools: readonly Pool[], blocks: readonly KnownBlock[]): PoolStatistics[] {
  const perPool = new Map<string, Map<string, NodeStatistics>>(pools.map(({ name }) => [name, new Map()]))
  for (const block of blocks) {
    const pool = pools.find(({ prefix }) => prefixContains(prefix, block.prefix))?.name ?? ''
    const nodes = perPool.get(pool) ?? new Map<string, NodeStatistics>()
    perPool.set(pool, nodes)
    const owner = hostOf(block.affinity) ?? ''
    add(nodes, owner, { blocks: 1, inUse: 0, borrowed: 0 })
    for (const [node, count] of block.used)
      add(nodes, node, { blocks: 0, inUse: count, borrowed: node === owner ? 0 : count })
  }
  const sizes = new Map(pools.map(({ name, prefix }) => [name, prefixSize(prefix)]))
  return [...perPool].map(([pool, nodes]) => ({ pool, size: sizes.get(pool) ?? 0n, nodes }))
}

function add(nodes: Map<string, NodeStatistics>, node: string, more: NodeStatistics): void {
  const sum = nodes.get(node) ?? { blocks: 0, inUse: 0, borrowed: 0 }
  nodes.set(node, {
    blocks: sum.blocks + more.blocks,
    inUse: sum.inUse + more.inUse,
    borrowed: sum.borrowed + more.borrowed,
  })
}
