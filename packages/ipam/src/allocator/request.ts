import type { Family } from '@manx/api'
import type { PoolUse } from '../pools/pool.ts'

export interface AssignRequest {
  /** What the addresses are released by: `k8s-pod-network.<container id>`. */
  readonly handle: string
  /** Stored with the addresses: namespace, pod, node, timestamp (see `goTimestamp`). */
  readonly attributes: Readonly<Record<string, string>>
  /** One address of each family that is true, all or none. */
  readonly families: { readonly v4: boolean; readonly v6: boolean }
  /** Pools by name or CIDR, in order of preference; they override selectors and assignmentMode. */
  readonly pools?: { readonly v4?: readonly string[]; readonly v6?: readonly string[] }
  /** Exactly these addresses and no others: then `families` and `pools` are not looked at. */
  readonly addresses?: readonly string[]
  /** For pools with a namespaceSelector. */
  readonly namespaceLabels?: Readonly<Record<string, string>>
  /** Default Workload. */
  readonly use?: PoolUse
  readonly signal?: AbortSignal
}

export interface Assignment {
  readonly family: Family
  /** Without length. */
  readonly address: string
  /** CIDR of the block. */
  readonly block: string
  readonly pool: string
  /** Guards a release of this very assignment. */
  readonly sequenceNumber: bigint
}

/** A time as Calico writes it into the attribute `timestamp`: Go's `time.Time.String()` in UTC. */
export function goTimestamp(now: number): string {
  const [date, time] = new Date(now).toISOString().split('T')
  const fraction = (time ?? '').slice(8, -1).replace(/\.?0+$/, '')
  return `${date} ${(time ?? '').slice(0, 8)}${fraction} +0000 UTC`
}
