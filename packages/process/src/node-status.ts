/** Where a node's agent tells how it is: GET /status, as JSON. Root alone may connect. */
export const statusSocket = '/run/manx/status.sock'

/** What the agent says of itself and its node. Fields are only ever added: an older `manxctl` reads a newer agent. */
export interface NodeStatus {
  readonly node: string
  /** Of the agent. */
  readonly version: string
  /** When the agent's process began, RFC 3339. */
  readonly startedAt: string

  readonly ready: boolean
  /** Why it is not. */
  readonly reasons: readonly string[]
  readonly components: readonly ComponentStatus[]
  readonly addresses: { readonly v4?: string; readonly v6?: string }
  readonly datastore: {
    readonly server: string
    readonly synced: boolean
    /** The last proof that the API server answers, RFC 3339. */
    readonly lastContact?: string
  }

  readonly asNumber?: number
  readonly routerId?: string
  /** True when gobgpd answers. */
  readonly bgpRunning: boolean
  readonly peers: readonly PeerStatus[]
  readonly bgp: BgpSummary

  readonly policy: PolicyCounts
  readonly endpoints: readonly EndpointStatus[]
  readonly felix: {
    readonly endpoints: number
    /** Counts since the start, by name. */
    readonly statistics: Readonly<Record<string, unknown>>
  }
  readonly cni: { readonly attachments: number; readonly conflist: string }
  /** What an operator should mend, each naming its object. */
  readonly findings: readonly string[]
  /** The last failures of the agent, newest first; they may be over. */
  readonly errors: readonly { readonly time: string; readonly message: string }[]
}

/** A part of a process, as the probes see it. */
export interface ComponentStatus {
  readonly name: string
  /** False when it hangs: the process is to be started again. */
  readonly live: boolean
  readonly ready: boolean
  /** Why it is not ready, or not live; empty when it is both. */
  readonly reason: string
}

export interface PeerStatus {
  readonly address: string
  readonly family: 4 | 6
  readonly type: 'node-to-node mesh' | 'node specific' | 'global'
  /** `start`: it tries; `down`: gobgpd does not have the session. */
  readonly state: 'up' | 'start' | 'down'
  /** RFC 3339; since when it is in this state. */
  readonly since?: string
  /** For people: `Established`, `Active`, `Idle (hold timer expired)`. */
  readonly info: string
  readonly asNumber?: number
  /** The BGPPeer, or the other node of the mesh. */
  readonly name?: string
}

export interface BgpSummary {
  readonly speaker: { readonly connected: boolean; readonly version?: string; readonly error?: string }
  /** Where the present plan comes from. */
  readonly plan: 'none' | 'last known good' | 'current'
  /** Prefixes that this node announces. */
  readonly announced: readonly string[]
  readonly routes: { readonly learned: number; readonly installed: number; readonly retaining: boolean }
  readonly findings: readonly { readonly object: string; readonly message: string }[]
}

/** What policy consists of, in the cluster and in the node's kernel. */
export interface PolicyCounts {
  /** All of the cluster. */
  readonly policies: number
  /** Those that apply to an endpoint of this node. */
  readonly activePolicies: number
  readonly activeSelectors: number
  readonly sets: number
  readonly setMembers: number
  readonly chains: number
}

/** A pod's interface on this node. */
export interface EndpointStatus {
  readonly namespace: string
  readonly pod: string
  readonly interfaceName: string
  readonly addresses: readonly string[]
  /** `up`: its interface runs, and its policy and routes are in the kernel. */
  readonly state: 'up' | 'down'
  /** Names of the policies that apply to it, in their order. */
  readonly policies?: readonly string[]
}
