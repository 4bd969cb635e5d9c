import { explainSelector, type Family, type IPPool, type Labels, parsePrefix, parseSelector } from '@manx/api'

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
  for (const pool of pools) {
    const family = parsePrefix(pool.spec.cidr)?.family
    if (family === undefined || isClosed(pool)) continue
    open.add(family)
    if (selects(pool, query)) selected.add(family)
  }
  const ordered = (found: ReadonlySet<Family>) =>
    ([4, 6] as const).filter((family) => found.has(family) && (family === 4 || query.ipv6))
  return { families: ordered(selected), onRequest: ordered(open) }
}

/** Nobody gets an address of it, whoever asks. */
function isClosed({ metadata, spec, status }: IPPool): boolean {
  const overlaps = status?.conditions?.some(
    (condition) =>
      condition.type === 'Allocatable' && condition.status === 'False' && condition.reason === 'CIDROverlap',
  )
  const faulty = [spec.nodeSelector, spec.namespaceSelector].some(
    (selector) => selector !== undefined && explainSelector(selector) !== undefined,
  )
  return spec.disabled === true || metadata.deletionTimestamp !== undefined || overlaps === true || faulty
}

function selects({ spec }: IPPool, { nodeLabels, namespaceLabels }: PodFamiliesQuery): boolean {
  const forPods = spec.allowedUses?.includes('Workload') ?? true
  // A pool for those who ask for it by name makes nobody else dual stack.
  if (!forPods || spec.assignmentMode === 'Manual') return false
  if (!matches(spec.nodeSelector, nodeLabels)) return false
  return namespaceLabels === undefined || matches(spec.namespaceSelector, namespaceLabels)
}

/** No selector, or an empty one, selects all. */
function matches(selector: string | undefined, labels: Labels): boolean {
  return selector === undefined || selector === '' || parseSelector(selector).matches(labels)
}
