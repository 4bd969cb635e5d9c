import type { BgpStatus } from '@manx/bgp'
import type { ComponentHealth } from '@manx/felix'

/** GET /status on the status socket, as JSON. `manxctl node status` reads the first block; the rest is for other tools. */
export interface NodeStatus {
  readonly node: string
  /** Of the agent. */
  readonly version: string
  /** When the agent's process began, RFC 3339. */
  readonly startedAt: string
  readonly asNumber?: number
  readonly routerId?: string
  /** True when gobgpd answers. */
  readonly bgpRunning: boolean
  readonly peers: readonly NodePeerStatus[]

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

export interface NodePeerStatus {
  readonly address: string
  readonly family: 4 | 6
  readonly type: 'node-to-node mesh' | 'node specific' | 'global'
  /** `start`: it tries; `down`: gobgpd does not have the session. */
  readonly state: 'up' | 'start' | 'down'
  readonly since?: string
  readonly info: string
  readonly asNumber: number
  /** The BGPPeer, or the other node of the mesh. */
  readonly name: string
}

/** The part of the status that is BGP's. */
export function bgpPart(bgp: BgpStatus): Pick<NodeStatus, 'asNumber' | 'routerId' | 'bgpRunning' | 'peers' | 'bgp'> {
  return {
    ...(bgp.asn === undefined ? {} : { asNumber: bgp.asn }),
    ...(bgp.routerId === undefined ? {} : { routerId: bgp.routerId }),
    bgpRunning: bgp.speaker.connected,
    peers: bgp.peers.map(({ address, family, type, state, since, info, asn, source }) => ({
      address,
      family,
      type,
      state: state === 'up' ? 'up' : info === 'Not set up' ? 'down' : 'start',
      ...(since === undefined ? {} : { since }),
      info,
      asNumber: asn,
      name: source.replace(/^[A-Za-z]+\//, ''),
    })),
    bgp,
  }
}
