import type { BGPConfiguration, BGPPeer, Family, IPPool } from '@manx/api'
import type { DesiredPeer } from './desired.ts'

/** What the plan needs to know of a Kubernetes node. */
export interface PlanNode {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Without length. */
  readonly addresses: Readonly<Partial<Record<Family, string>>>
  /** The node's own AS number; absent: that of the BGPConfiguration. */
  readonly asNumber?: number
  /** Present: the node is a route reflector. */
  readonly clusterId?: string
}

/** Everything that decides how one node routes. */
export interface PlanInput {
  /** Name of this node. */
  readonly node: string
  readonly nodes: ReadonlyMap<string, PlanNode>
  /** `default` and `node.NAME` objects by name. */
  readonly configurations: ReadonlyMap<string, BGPConfiguration>
  readonly peers: Iterable<BGPPeer>
  readonly pools: Iterable<IPPool>
  /** Prefixes of this node's confirmed block affinities. */
  readonly blocks: Iterable<string>
  /** Addresses of this node's pods. */
  readonly localAddresses: Iterable<string>
  /** Secret values by `secret/key`, of the namespace that Manx runs in. */
  readonly passwords: ReadonlyMap<string, string>
  /** Secrets of which nobody can say yet whether they are there. */
  readonly unreadSecrets?: ReadonlySet<string>
  /** The sessions that were planned last, by address. */
  readonly before?: ReadonlyMap<string, DesiredPeer>
  readonly settings: PlanSettings
}

/** Settings of the node's own environment. */
export interface PlanSettings {
  /** An IPv4 address, or `hash` to derive one from the node's name. Absent: the node's IPv4 address, else `hash`. */
  readonly routerId?: string
  /** Import what peers send outside of the pools, too. */
  readonly importAll?: boolean
}
