import type { Family } from '@manx/api'

/** Where a session comes from, in the words of `node status`. */
export type PeerOrigin = 'node-to-node mesh' | 'node specific' | 'global'

/** The speaker itself. A change of any field needs a new gobgpd. */
export interface DesiredGlobal {
  readonly asn: number
  readonly routerId: string
  readonly listenPort: number
  /** Empty: all addresses of the node. */
  readonly listenAddresses: readonly string[]
}

/** One session. It carries the family of its address and nothing else. */
export interface DesiredPeer {
  readonly address: string
  readonly family: Family
  readonly port: number
  readonly asn: number
  /** The AS number shown to this peer. */
  readonly localAsn: number
  readonly origin: PeerOrigin
  /** The object the session comes from: `BGPPeer/tor`, or the other node for the mesh. */
  readonly source: string
  /** Source address of the session; absent: the kernel chooses. */
  readonly localAddress?: string
  /** The other side dials. */
  readonly passive: boolean
  /** TCP MD5. Never logged. */
  readonly password?: string
  /** The Secret with the password was not read yet: the session is not set up, but one that gobgpd has keeps its password. */
  readonly passwordUnread?: true
  readonly allowedOwnAsns: number
  /** Seconds. */
  readonly holdTime: number
  /** Seconds. */
  readonly keepalive: number
  /** Seconds that the peer keeps our routes while we restart. */
  readonly restartTime: number
  /** Lowest accepted TTL (RFC 5082); absent: no check. */
  readonly minimumTtl?: number
  /** Present on a route reflector: the peer is a client of this cluster. */
  readonly clusterId?: string
}

/** Prefixes inside of `prefix` with a length from `min` to `max`. */
export interface PrefixRange {
  readonly prefix: string
  readonly min: number
  readonly max: number
}

/** What may come in and go out, for all peers at once. Everything else is refused. */
export interface DesiredPolicy {
  /** Never imported: own blocks, but for single addresses inside that other nodes borrowed. */
  readonly ownBlocks: readonly PrefixRange[]
  /** Imported, and reflected to `reflectTo`. */
  readonly pools: readonly PrefixRange[]
  /** Never exported (disableBGPExport). */
  readonly withheld: readonly PrefixRange[]
  /** Import whatever peers send, as Calico does. */
  readonly importAll: boolean
  /** Peers that get pool routes of others: the iBGP peers of a route reflector. */
  readonly reflectTo: readonly string[]
  readonly nextHopSelf: readonly string[]
  readonly nextHopKeep: readonly string[]
}

/** A route that this node originates. Its next hop is the address that the node has in each session. */
export interface DesiredPath {
  readonly prefix: string
  readonly family: Family
}

/** What goes into the kernel whatever peers say. */
export interface DesiredKernel {
  /** Own blocks of more than one address: what no pod has is dropped here, not sent back to the fabric. */
  readonly blackholes: readonly string[]
  readonly metric: Readonly<Record<Family, number>>
}

/** All of what the speaker and the kernel should be. */
export interface Desired {
  readonly global: DesiredGlobal
  /** By address. */
  readonly peers: ReadonlyMap<string, DesiredPeer>
  readonly policy: DesiredPolicy
  /** By prefix. */
  readonly paths: ReadonlyMap<string, DesiredPath>
  readonly kernel: DesiredKernel
}

export type FindingReason =
  | 'Invalid'
  | 'Unsupported'
  | 'PasswordMissing'
  | 'PasswordUnread'
  | 'NoAddress'
  | 'Shadowed'
  | 'NoRoute'

/** Something that was skipped or does not work, and why. */
export interface Finding {
  /** `BGPPeer/tor`, `Node/worker-1`, `IPPool/default`. */
  readonly object: string
  readonly reason: FindingReason
  readonly message: string
}
