import { decodePool, type Pool, type StoredPool } from './pool.ts'
import { resolveOverlaps } from './resolve-overlaps.ts'

/** A pool that gives out addresses. */
export type OpenPool = Pick<Pool, 'name' | 'prefix' | 'allowedUses' | 'manual' | 'nodeSelector' | 'namespaceSelector'>

/** The pools that give out addresses, as every allocator finds them out by itself: no status is asked. */
export function openPools(stored: Iterable<StoredPool>): readonly OpenPool[] {
  return resolveOverlaps([...stored].map(decodePool)).filter(({ closed }) => closed === undefined)
}
