/** Address family as its IP version. */
export type Family = 4 | 6

/** A network interface as the kernel describes it. */
export interface Link {
  readonly index: number
  readonly name: string
  /** `veth`, `bridge`, `vxlan`, …; absent for physical devices and loopback. */
  readonly kind?: string
  readonly mac?: string
  readonly mtu: number
  readonly group: number
  /** IFF_UP: administratively up. */
  readonly up: boolean
  /** IFF_RUNNING: up and able to carry packets. */
  readonly running: boolean
  readonly loopback: boolean
  readonly master?: number
  /** Index of the lower device, or of a veth's peer (in the peer's namespace). */
  readonly peer?: number
  /** The raw IFF_* bits. */
  readonly flags: number
}

/** A network namespace is named by a path such as `/run/netns/NAME` or `/proc/PID/ns/net`. */
export interface VethOptions {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  readonly group?: number
  /** Sets the host end up in the same request. The peer is always made down: up in another namespace fails (ENOTCONN). */
  readonly up?: boolean
  readonly peer: {
    readonly name: string
    /** Makes the peer straight in that namespace; absent: in the socket's own. */
    readonly namespacePath?: string
    readonly mac?: string
    readonly mtu?: number
  }
}

/** What setLink changes; absent fields stay. A rename needs the interface to be down on kernels before 6.2. */
export interface LinkChange {
  readonly up?: boolean
  readonly mtu?: number
  readonly mac?: string
  readonly name?: string
  readonly group?: number
}

export type Scope = 'global' | 'site' | 'link' | 'host' | 'nowhere'

/** An address of an interface. */
export interface InterfaceAddress {
  readonly family: Family
  /** Index of its interface. */
  readonly index: number
  /** With prefix length: `192.0.2.1/24`. */
  readonly address: string
  /** The other end of a point-to-point address, when it differs. */
  readonly peer?: string
  readonly scope: Scope
  readonly label?: string
  /** Duplicate address detection is running. */
  readonly tentative: boolean
  /** Duplicate address detection found another owner. */
  readonly dadFailed: boolean
  readonly permanent: boolean
  /** IPv6 temporary (privacy) address, or an IPv4 secondary one. */
  readonly secondary: boolean
  readonly deprecated: boolean
}

export interface AddressOptions {
  /** Skips IPv6 duplicate address detection, so that the address works at once. */
  readonly noDad?: boolean
  readonly scope?: Scope
  /** Does not add the subnet's route. */
  readonly noPrefixRoute?: boolean
  /** Gives the address zero preferred lifetime (IPv6): never chosen as a source. */
  readonly deprecated?: boolean
  readonly label?: string
}

export type RouteType =
  | 'unicast'
  | 'local'
  | 'broadcast'
  | 'anycast'
  | 'multicast'
  | 'blackhole'
  | 'unreachable'
  | 'prohibit'
  | 'throw'

export interface NextHop {
  /** May be of the other family: IPv4 via an IPv6 router. */
  readonly gateway?: string
  /** Interface index. */
  readonly interface?: number
  /** 1 (default) to 256. */
  readonly weight?: number
  /** The gateway is on the link although no route says so. */
  readonly onlink?: boolean
  /** As read from the kernel: the next hop's link is down or without carrier. */
  readonly dead?: boolean
}

/** A route. Identity for replace and delete: destination, table, metric (and type of service, not supported here). */
export interface Route {
  readonly family: Family
  /** Prefix text; `0.0.0.0/0` and `::/0` are the default routes. */
  readonly destination: string
  /** 254 (main) when absent. */
  readonly table?: number
  /** Who made it; 3 (boot) when absent. */
  readonly protocol?: number
  /** Absent: link for IPv4 routes without a gateway, else global, as `ip route` does it. */
  readonly scope?: Scope
  /** unicast when absent. */
  readonly type?: RouteType
  /** Absent: 0 for IPv4; the kernel makes it 1024 for IPv6. */
  readonly metric?: number
  /** Preferred source address. */
  readonly source?: string
  readonly mtu?: number
  /** Empty for blackhole, unreachable, prohibit, throw. In IPv6 more than one needs a gateway in each. */
  readonly nextHops: readonly NextHop[]
}

export interface RouteFilter {
  readonly family: Family
  readonly table?: number
  readonly protocol?: number
  /** Only routes out of this interface. */
  readonly interface?: number
}

export interface RouteChanges {
  /** Created, or replacing the route of the same identity. */
  readonly replace?: readonly Route[]
  /** Deleted; one that is not there is no failure. Deletions are sent before replacements. */
  readonly delete?: readonly Route[]
}

/** One route of a batch that the kernel refused; the others of the batch are in place. */
export interface RouteFailure {
  readonly operation: 'replace' | 'delete'
  readonly route: Route
  readonly error: Error & { readonly code: string; readonly errno: number }
}

export type NeighbourState =
  | 'none'
  | 'incomplete'
  | 'reachable'
  | 'stale'
  | 'delay'
  | 'probe'
  | 'failed'
  | 'noarp'
  | 'permanent'

export interface Neighbour {
  readonly family: Family
  /** Interface index. */
  readonly index: number
  readonly address: string
  readonly mac?: string
  /** permanent when absent in a request. */
  readonly state?: NeighbourState
  /** A proxy entry: answered for, not resolved. */
  readonly proxy?: boolean
}

/** One change in the kernel, in the order it happened. */
export type NetlinkEvent =
  | { readonly type: 'link'; readonly change: 'set' | 'removed'; readonly link: Link }
  | { readonly type: 'address'; readonly change: 'set' | 'removed'; readonly address: InterfaceAddress }
  | {
      readonly type: 'route'
      readonly change: 'set' | 'removed'
      readonly route: Route
      /** The kernel's own flags, with NLM_F_REPLACE when it replaced another. */
      readonly replaced: boolean
    }
  | { readonly type: 'neighbour'; readonly change: 'set' | 'removed'; readonly neighbour: Neighbour }
  /** Events were lost (ENOBUFS): read everything again. */
  | { readonly type: 'overrun' }
