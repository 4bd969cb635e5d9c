import { type Family, formatPrefix, parsePrefix, samePrefix } from '@manx/api'
import { IpamError, type PoolFinding } from '../ipam-error.ts'
import type { Pool, PoolUse } from './pool.ts'

type Labels = Readonly<Record<string, string>>

export interface PoolQuery {
  readonly family: Family
  readonly use: PoolUse
  readonly nodeLabels: Labels
  /** Absent: the request is for nothing in a namespace, so pools with a namespaceSelector serve it not. */
  readonly namespaceLabels?: Labels
  /** Names or CIDRs that the user asked for. They override selectors and assignmentMode, but not a closed pool. */
  readonly requested?: readonly string[]
}

export interface PoolChoice {
  /** In the order to try: as requested, else by name. */
  readonly pools: readonly Pool[]
  /** The pools of this family that were left out, and why. */
  readonly findings: readonly PoolFinding[]
}

/** Which pools may serve a request. Throws when a requested pool cannot. */
export function choosePools(all: readonly Pool[], query: PoolQuery): PoolChoice {
  if (query.requested !== undefined && query.requested.length > 0) {
    return { pools: requestedPools(all, query.family, query.requested), findings: [] }
  }
  const pools: Pool[] = []
  const findings: PoolFinding[] = []
  for (const pool of all.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (pool.prefix.family !== query.family) continue
    const reason = reasonAgainst(pool, query)
    if (reason === undefined) pools.push(pool)
    else findings.push({ pool: pool.name, reason })
  }
  return { pools, findings }
}

function reasonAgainst(pool: Pool, query: PoolQuery): string | undefined {
  if (pool.closed !== undefined) return pool.closed
  if (pool.manual) return 'assignmentMode is Manual'
  if (!pool.allowedUses.has(query.use)) return `allowedUses lacks ${query.use}`
  if (!pool.nodeSelector.matches(query.nodeLabels)) return 'nodeSelector does not match the node'
  if (pool.namespaceSelector === undefined) return undefined
  if (query.namespaceLabels === undefined) return 'namespaceSelector wants a namespace'
  return pool.namespaceSelector.matches(query.namespaceLabels)
    ? undefined
    : 'namespaceSelector does not match the namespace'
}

function requestedPools(all: readonly Pool[], family: Family, requested: readonly string[]): Pool[] {
  return requested.map((wanted) => {
    const prefix = parsePrefix(wanted)
    const pool = all.find(({ name, prefix: own }) => (prefix === undefined ? name === wanted : samePrefix(own, prefix)))
    if (pool === undefined) {
      const known = all.filter((candidate) => candidate.prefix.family === family)
      const names = known.map((candidate) => `${candidate.name} (${formatPrefix(candidate.prefix)})`).join(', ')
      throw new IpamError(
        'NoPool',
        `the requested pool ${wanted} does not exist; IPv${family} pools: ${names || 'none'}`,
      )
    }
    if (pool.prefix.family !== family) {
      throw new IpamError('NoPool', `the requested pool ${wanted} is not an IPv${family} pool`)
    }
    if (pool.closed !== undefined) {
      throw new IpamError('NoPool', 'the requested pool cannot serve', {
        pools: [{ pool: pool.name, reason: pool.closed }],
      })
    }
    return pool
  })
}
