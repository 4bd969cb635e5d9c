import { blockName, IPAMBlock, type KubernetesClient, parsePrefix, prefixContains, resourceOf } from '@manx/api'
import { hostOf, isEmpty } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { releaseAffinity } from '../datastore/affinities.ts'
import { isConflict } from '../datastore/retry.ts'
import { IpamError } from '../ipam-error.ts'
import type { Pool } from '../pools/pool.ts'
import type { KnownBlock } from './informers.ts'
import type { Held } from './pool-status.ts'
import type { IpamObjects } from './release-allocations.ts'

type Placed = Pick<KnownBlock, 'prefix'>

/**
 * The blocks of a pool. Of pools that overlap only the oldest gives out blocks, so those that it has are its own and not
 * those of the younger one. `pools` are all of them, after `resolveOverlaps`.
 */
export function blocksOfPool<T extends Placed>(pool: Pool, pools: readonly Pool[], blocks: Iterable<T>): T[] {
  if (pool.unreadable) return []
  const older = pool.overlaps === undefined ? [] : pools.filter(({ overlaps }) => overlaps === undefined)
  return [...blocks].filter(
    ({ prefix }) => prefixContains(pool.prefix, prefix) && !older.some((one) => prefixContains(one.prefix, prefix)),
  )
}

/** What workloads have of these blocks; undefined: nothing. */
export function heldIn(blocks: readonly Pick<KnownBlock, 'empty' | 'used'>[]): Held | undefined {
  const full = blocks.filter(({ empty }) => !empty)
  if (full.length === 0) return undefined
  const addresses = full.flatMap(({ used }) => [...used.values()]).reduce((sum, one) => sum + one, 0)
  return { blocks: full.length, addresses }
}

/**
 * Releases every block of a closed pool that nobody has an address of, as it is now, and returns how many blocks are left.
 * A node that takes an address at the same moment wins: its block stays.
 */
export async function emptyPool(
  client: Pick<KubernetesClient, 'list'>,
  objects: IpamObjects,
  pool: Pool,
  pools: readonly Pool[],
  signal: AbortSignal,
): Promise<number> {
  const { items } = await client.list(resourceOf(IPAMBlock), { signal })
  const placed = items.flatMap((stored) => {
    const prefix = parsePrefix(stored.spec.cidr)
    return prefix === undefined ? [] : [{ stored, prefix }]
  })
  let left = 0
  for (const { stored, prefix } of blocksOfPool(pool, pools, placed)) {
    const owner = hostOf(stored.spec.affinity)
    try {
      if (owner !== undefined) await releaseAffinity(objects, owner, prefix, { requireEmpty: true, signal })
      else if (isEmpty(decodeBlock(stored.spec))) await objects.blocks.remove(stored, signal)
      else left++
    } catch (error) {
      const inUse = error instanceof IpamError && (error.code === 'NotEmpty' || error.code === 'Malformed')
      if (!inUse && !isConflict(error)) throw error
      if ((await objects.blocks.get(blockName(prefix), signal)) !== undefined) left++
    }
  }
  return left
}
