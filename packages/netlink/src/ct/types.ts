/** One direction of a connection. */
export interface ConntrackTuple {
  /** Canonical text, as the destination. */
  readonly source: string
  readonly destination: string
  /** IP protocol number. */
  readonly protocol: number
  /** Of protocols that have ports. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** Of ICMP and ICMPv6. */
  readonly icmp?: { readonly type: number; readonly code: number; readonly id: number }
}

/** A tracked connection. */
export interface ConntrackEntry {
  readonly family: 4 | 6
  /** As the first packet had it. */
  readonly original: ConntrackTuple
  /** As answers have it: its source is where the packets really went, behind any translation. */
  readonly reply: ConntrackTuple
  /** Of TCP and SCTP, as `conntrack -L` spells it, in lower case. */
  readonly state?: string
  /** IPS_* bits. */
  readonly status: number
  readonly mark: number
  /** By which the kernel finds the entry again: attributes as it gave them. */
  readonly identity: ConntrackIdentity
}

export interface ConntrackIdentity {
  readonly original: Uint8Array
  readonly zone: Uint8Array | undefined
  /** With it a deletion spares a newer entry of the same tuple. */
  readonly id: Uint8Array | undefined
}

/** Bits of a mark and what they are. */
export interface MaskedMark {
  readonly mask: number
  readonly value: number
}

/** All that is given must hold. */
export interface ConntrackFilter {
  /** One of them is the source of the original or of the reply tuple. Text, both families may be mixed. */
  readonly addresses?: readonly string[]
  /** (mark & mask) == value */
  readonly mark?: MaskedMark
}
