import type { Family, IPPool, Labels } from '@manx/api'
import { type OpenPool, openPools } from '@manx/ipam'

/** Which families pods can have. */
export interface PodFamilies {
  /** Those of the pools that select the node, and the namespace when one is asked for. */
  readonly families: readonly Family[]
  /** Those of all pools that are open: who names a pool passes by its selectors. */
  readonly onRequest: readonly Family[]
}

export interface PodFamiliesQuery {
  readonly nodeLabels: Labels
  /** Absent: those of whatever namespace. */
  readonly namespaceLabels?: Labels | undefined
  /** False on a node that runs without IPv6. */
  readonly ipv6: boolean
}

/** Pure: the families that pods get an address of, by the same rules as IPAM chooses pools. */
export function podFamilies(pools: Iterable<IPPool>, query: PodFamiliesQuery): PodFamilies {
  const selected = new Set<Family>()
  const open = new Set<Family>()
  for (const pool of openPools(pools)) {
    const { family } = pool.prefix
    open.add(family)
    if (selects(pool, query)) selected.add(family)
  }
  const ordered = (found: ReadonlySet<Family>) =>
    ([4, 6] as const).filter((family) => found.has(family) && (family === 4 || query.ipv6))
  return { families: ordered(selected), onRequest: ordered(open) }
}

function selects(pool: OpenPool, { nodeLabels, namespaceLabels }: PodFamiliesQuery): boolean {
  // A pool for those who ask for it by name makes nobody else dual stack.
  if (!pool.allowedUses.has('Workload') || pool.manual || !pool.nodeSelector.matches(nodeLabels)) return false
  return namespaceLabels === undefined || pool.namespaceSelector?.matches(namespaceLabels) !== false
}
