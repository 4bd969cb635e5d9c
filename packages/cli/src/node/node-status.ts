/** What the agent says of itself: `GET /status` as JSON on its unix socket. */
export interface NodeStatus {
  readonly node: string
  /** Version of the agent. */
  readonly version: string
  /** RFC 3339; when the agent process began. */
  readonly startedAt: string
  readonly asNumber?: number
  readonly routerId?: string
  /** True when gobgpd answers. */
  readonly bgpRunning: boolean
  readonly peers: readonly PeerStatus[]
}

export interface PeerStatus {
  readonly address: string
  readonly family: 4 | 6
  readonly type: 'node-to-node mesh' | 'node specific' | 'global'
  /** `up` when established, `start` while it tries, `down` when it is not to be. */
  readonly state: 'up' | 'start' | 'down'
  /** RFC 3339; since when it is in this state. */
  readonly since?: string
  /** For people: `Established`, `Active`, `Idle (hold timer expired)`. */
  readonly info: string
  readonly asNumber?: number
  /** Name of the BGPPeer, or of the other node of the mesh. */
  readonly name?: string
}

/** Where the agent listens; root alone may connect. */
export const statusSocket = '/run/manx/status.sock'
