import type { ProtocolNumber } from './model.ts'

/** The protocols of Kubernetes' ports. */
export const protocolNumbers: ReadonlyMap<string, ProtocolNumber> = new Map([
  ['TCP', 6],
  ['UDP', 17],
  ['SCTP', 132],
])

/** The names that Calico's rules have beside those of Kubernetes. */
const calicoNumbers: ReadonlyMap<string, ProtocolNumber> = new Map([
  ...protocolNumbers,
  ['ICMP', 1],
  ['ICMPv6', 58],
  ['UDPLite', 136],
])

/** A protocol as Calico's rules have it, by name or number; for values that were validated. */
export function calicoProtocolNumber(protocol: string | number): ProtocolNumber {
  return calicoNumbers.get(String(protocol)) ?? Number(protocol)
}
