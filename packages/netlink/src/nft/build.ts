import type { CtKey, MetaKey, NftExpression, NftKey, NftRegister, NftScalar, NftVerdict } from './types.ts'

/** What a match or a concatenated lookup can read from a packet; written as nft writes it. */
export type NftField =
  | 'ip saddr'
  | 'ip daddr'
  | 'ip protocol'
  | 'ip6 saddr'
  | 'ip6 daddr'
  | 'ip6 nexthdr'
  | 'th sport'
  | 'th dport'
  | 'icmp type'
  | 'icmp code'
  | 'icmpv6 type'
  | 'icmpv6 code'
  | 'ether saddr'
  | 'ether daddr'
  | 'iifname'
  | 'oifname'
  | 'iif'
  | 'oif'
  | 'iifgroup'
  | 'oifgroup'
  | 'mark'
  | 'ct mark'
  | 'ct state'
  | 'ct status'
  | 'l4proto'
  | 'nfproto'

/**
 * Builders of expressions; each gives a list to spread into a rule. In `inet` tables put `family(4)` before `ip …` fields and
 * `l4proto` before `th …`/`icmp …` ones, or the match reads other bytes.
 */
const todo = (): never => {
  throw new Error('not there yet')
}

/** Packet is of this IP version (`meta nfproto`). */
export function family(_family: 4 | 6): NftExpression[] {
  return todo()
}
/** `meta l4proto`. */
export function l4proto(
  _protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmpv6' | 'udplite' | number,
  _negated = false,
): NftExpression[] {
  return todo()
}
/** Compares a field with a value, prefix, inclusive range (`80-90`), or interface name pattern (`cali*`). */
export function match(_field: NftField, _value: NftScalar, _negated = false): NftExpression[] {
  return todo()
}
/** (field & mask) == value (or != when negated), for marks, states and flags. */
export function matchMasked(
  _field: 'mark' | 'ct mark' | 'ct status',
  _mask: number,
  _value: number,
  _negated = false,
): NftExpression[] {
  return todo()
}
/** Connection is in one of the states. */
export function ctState(
  ..._states: readonly ('invalid' | 'established' | 'related' | 'new' | 'untracked')[]
): NftExpression[] {
  return todo()
}
/** Looks fields (more than one: a concatenation) up in a set. */
export function inSet(_fields: NftField | readonly NftField[], _set: string, _negated = false): NftExpression[] {
  return todo()
}
/** Looks fields up in a verdict map and does what it says. */
export function verdictMap(_fields: NftField | readonly NftField[], _map: string): NftExpression[] {
  return todo()
}
/** mark = (mark & ~mask) | (value & mask). */
export function setMark(_value: number, _mask = 0xffffffff): NftExpression[] {
  return todo()
}
/** ct mark = (ct mark & ~mask) | (value & mask). */
export function setCtMark(_value: number, _mask = 0xffffffff): NftExpression[] {
  return todo()
}
/** Reverse path check: true for packets whose source has no route back through the interface they came by. */
export function reversePathFails(): NftExpression[] {
  return todo()
}
/** `fib daddr type local` and the like. */
export function addressType(
  _address: 'saddr' | 'daddr',
  _type: 'unicast' | 'local' | 'broadcast' | 'multicast',
  _negated = false,
): NftExpression[] {
  return todo()
}
export function verdict(_verdict: NftVerdict): NftExpression[] {
  return todo()
}
export function accept(): NftExpression[] {
  return todo()
}
export function drop(): NftExpression[] {
  return todo()
}
export function returns(): NftExpression[] {
  return todo()
}
export function jump(_chain: string): NftExpression[] {
  return todo()
}
export function goto(_chain: string): NftExpression[] {
  return todo()
}
export function counter(): NftExpression[] {
  return todo()
}
/** TCP reset. Needs l4proto('tcp') before. */
export function rejectTcp(): NftExpression[] {
  return todo()
}
/** ICMP or ICMPv6 unreachable, by the packet's family. */
export function reject(
  _code: 'no-route' | 'port-unreachable' | 'host-unreachable' | 'admin-prohibited' = 'admin-prohibited',
): NftExpression[] {
  return todo()
}
export function masquerade(
  _options: { readonly random?: boolean; readonly fullyRandom?: boolean } = {},
): NftExpression[] {
  return todo()
}
/** Source NAT to one address. */
export function snat(_address: string, _options: { readonly fullyRandom?: boolean } = {}): NftExpression[] {
  return todo()
}
/** Destination NAT to one address, and port if given. */
export function dnat(_address: string, _port?: number): NftExpression[] {
  return todo()
}
export function notrack(): NftExpression[] {
  return todo()
}
/** Puts a meta or ct value into a register. */
export function load(
  _source: { readonly meta: MetaKey } | { readonly ct: CtKey } | NftField,
  _register: NftRegister = 1,
): NftExpression[] {
  return todo()
}
/** Bytes of a value as a register or set element has them. */
export function valueBytes(_field: NftField, _value: NftKey): Uint8Array {
  return todo()
}
