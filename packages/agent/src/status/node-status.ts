import type { BgpStatus } from '@manx/bgp'
import type { ComponentHealth } from '@manx/felix'

/** What `manxctl node status` shows, as JSON on the status socket. */
export interface NodeStatus {
  readonly version: string
  readonly node: string
  readonly startedAt: string
  readonly ready: boolean
  /** Why it is not. */
  readonly reasons: readonly string[]
  readonly addresses: { readonly v4?: string; readonly v6?: string }
  readonly datastore: {
    readonly server: string
    readonly synced: boolean
    /** The last proof that the API server answers, RFC 3339. */
    readonly lastContact?: string
  }
  readonly bgp: BgpStatus
  readonly felix: { readonly health: readonly ComponentHealth[]; readonly endpoints: number }
  readonly cni: { readonly attachments: number; readonly conflist: string }
  /** What an operator should mend, each naming its object. */
  readonly findings: readonly string[]
}
