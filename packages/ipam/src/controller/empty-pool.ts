import {
  BlockAffinity,
  blockName,
  IPAMBlock,
  type KubernetesClient,
  type Prefix,
  parsePrefix,
  prefixContains,
  resourceOf,
} from '@manx/api'
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

/** What a look at a closed pool found. */
export type Emptied =
  /** No block, and nobody about to make one. */
  | 'empty'
  /** Some blocks went; there may be more. */
  | 'progress'
  /** What is there cannot go now. */
  | 'kept'

/** Blocks that are released in one go: what one reconcile may take is limited. */
const mostAtOnce = 200
/** Requests at once. */
const concurrency = 8

/**
 * Releases blocks of a closed pool that nobody has an address of, as they are now. A node that takes an address at the same
 * moment wins: its block stays. A claim that a node has begun keeps the pool, too.
 */
export async function emptyPool(
  client: Pick<KubernetesClient, 'list'>,
  objects: IpamObjects,
  pool: Pool,
  pools: readonly Pool[],
  signal: AbortSignal,
): Promise<Emptied> {
  // Before the blocks: a claim that has ended meanwhile has its block by now.
  const claims = placed(await client.list(resourceOf(BlockAffinity), { signal })).filter(
    ({ stored: { spec } }) => spec.state === 'pending' && spec.type !== 'virtual' && spec.deleted !== true,
  )
  const blocks = blocksOfPool(pool, pools, placed(await client.list(resourceOf(IPAMBlock), { signal })))
  if (blocks.length === 0) return blocksOfPool(pool, pools, claims).length === 0 ? 'empty' : 'kept'
  const free = blocks.filter(({ stored }) => isFree(stored)).slice(0, mostAtOnce)
  let released = 0
  for (let at = 0; at < free.length; at += concurrency) {
    const some = free.slice(at, at + concurrency)
    const done = await Promise.all(some.map(({ stored, prefix }) => releaseBlock(objects, stored, prefix, signal)))
    released += done.filter((isReleased) => isReleased).length
  }
  return released > 0 ? 'progress' : 'kept'
}

/** False when it is in use after all. */
async function releaseBlock(
  objects: IpamObjects,
  stored: IPAMBlock,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<boolean> {
  const owner = hostOf(stored.spec.affinity)
  try {
    if (owner === undefined) await objects.blocks.remove(stored, signal)
    else await releaseAffinity(objects, owner, prefix, { requireEmpty: true, signal })
    return true
  } catch (error) {
    const inUse = error instanceof IpamError && (error.code === 'NotEmpty' || error.code === 'Malformed')
    if (!inUse && !isConflict(error)) throw error
    return (await objects.blocks.get(blockName(prefix), signal)) === undefined
  }
}

function isFree({ spec }: IPAMBlock): boolean {
  try {
    return isEmpty(decodeBlock(spec))
  } catch (error) {
    if (!(error instanceof IpamError)) throw error
    return false
  }
}

function placed<T extends { readonly spec: { readonly cidr: string } }>({ items }: { readonly items: readonly T[] }) {
  return items.flatMap((stored) => {
    const prefix = parsePrefix(stored.spec.cidr)
    return prefix === undefined ? [] : [{ stored, prefix }]
  })
}
