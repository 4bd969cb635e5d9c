import type { Family, ProtocolNumber } from '@manx/api'

/** The first packet of a flow, as rules see it. */
export interface Packet {
  readonly family: Family
  readonly protocol: ProtocolNumber
  /** Canonical addresses without length, as endpoints have them. */
  readonly source: string
  readonly destination: string
  /** For protocols that have ports. */
  readonly sourcePort?: number
  readonly destinationPort?: number
  /** For protocols 1 and 58. */
  readonly icmp?: { readonly type: number; readonly code: number }
}
