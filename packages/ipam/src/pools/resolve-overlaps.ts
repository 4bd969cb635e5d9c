import { formatPrefix, prefixesOverlap } from '@manx/api'
import type { Pool } from './pool.ts'

/**
 * Closes each pool that overlaps an older one, by creationTimestamp, then name, so that all readers come to the same pools
 * without asking anybody: two pools over the same addresses would give blocks of both. A pool that is itself closed for
 * an overlap closes no other, nor does one that is malformed, which most readers do not know of.
 */
export function resolveOverlaps(pools: readonly Pool[]): Pool[] {
  const kept: Pool[] = []
  const names = new Map<string, Pool>()
  for (const pool of pools.toSorted(byAge)) {
    const older = pool.unreadable ? undefined : kept.find((one) => prefixesOverlap(one.prefix, pool.prefix))
    if (older === undefined) {
      if (!pool.unreadable && pool.malformed !== true) kept.push(pool)
      continue
    }
    const closed = `overlaps the older pool ${older.name} (${formatPrefix(older.prefix)})`
    names.set(pool.name, { ...pool, closed: pool.closed ?? closed, overlaps: older.name })
  }
  return pools.map((pool) => names.get(pool.name) ?? pool)
}

/** Malformed ones last: they give way to any other. */
function byAge(a: Pool, b: Pool): number {
  return (
    Number(a.malformed ?? false) - Number(b.malformed ?? false) ||
    a.createdAt - b.createdAt ||
    (a.name < b.name ? -1 : 1)
  )
}
