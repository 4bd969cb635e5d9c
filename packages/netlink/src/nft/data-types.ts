import { formatIp, maskIp, parseIp, parseIpPrefix } from '../ip-text.ts'
import { formatMac, macBytes } from '../mac-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import { hostLittleEndian } from '../syscalls.ts'
import type { NftScalar, NftType } from './types.ts'

interface DataType {
  /** nft's own number of the type, by which it shows values. */
  readonly id: number
  /** Bytes. */
  readonly length: number
  readonly kind: 'ip' | 'mac' | 'name' | 'network' | 'host'
}

const types: Readonly<Record<NftType, DataType>> = {
  nf_proto: { id: 2, length: 1, kind: 'host' },
  integer: { id: 4, length: 4, kind: 'network' },
  ipv4_addr: { id: 7, length: 4, kind: 'ip' },
  ipv6_addr: { id: 8, length: 16, kind: 'ip' },
  ether_addr: { id: 9, length: 6, kind: 'mac' },
  inet_proto: { id: 12, length: 1, kind: 'network' },
  inet_service: { id: 13, length: 2, kind: 'network' },
  icmp_type: { id: 14, length: 1, kind: 'network' },
  mark: { id: 19, length: 4, kind: 'host' },
  iface_index: { id: 20, length: 4, kind: 'host' },
  ct_state: { id: 26, length: 4, kind: 'host' },
  icmpv6_type: { id: 29, length: 1, kind: 'network' },
  devgroup: { id: 35, length: 4, kind: 'host' },
  ifname: { id: 41, length: 16, kind: 'name' },
}
const byId = new Map(Object.entries(types).map(([name, { id }]) => [id, name as NftType]))
/** Bits of one component in a concatenation's type number. */
const typeBits = 6

const protocols: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  icmpv6: 58,
  ospf: 89,
  sctp: 132,
  udplite: 136,
}

/** Bytes of one value of a type, without padding. */
export function typeLength(type: NftType): number {
  return types[type].length
}

/** nft's BYTEORDER_* of a type: 1 host, 2 network. */
export function typeByteOrder(type: NftType): number {
  const { kind } = types[type]
  return kind === 'host' || kind === 'name' ? 1 : 2
}

/** The number by which nft knows the type of a key or of its concatenation. */
export function typeNumber(key: readonly NftType[]): number {
  let number = 0
  for (const type of key) number = number * 2 ** typeBits + types[type].id
  return number
}

/** Types of a key by its number; undefined when one of them is unknown here. */
export function typesOfNumber(number: number): NftType[] | undefined {
  const list: NftType[] = []
  for (let rest = number; rest > 0; rest = Math.floor(rest / 2 ** typeBits)) {
    const type = byId.get(rest % 2 ** typeBits)
    if (type === undefined) return undefined
    list.unshift(type)
  }
  return list.length === 0 ? undefined : list
}

/** A protocol by name or number. */
export function protocolNumber(protocol: string | number): number {
  const number = typeof protocol === 'number' ? protocol : (protocols[protocol] ?? Number.NaN)
  if (!(number >= 0 && number <= 255)) throw invalid(`protocol ${JSON.stringify(protocol)}`)
  return number
}

/** One value as a register or element has it. Prefixes and ranges are refused: see scalarRange. */
export function scalarBytes(type: NftType, value: NftScalar): Uint8Array {
  const { length, kind } = types[type]
  if (typeof value === 'object') {
    if (value.length !== length) throw invalid(`${value.length} bytes for ${type} (want ${length})`)
    return value
  }
  if (typeof value === 'string') {
    if (kind === 'ip') {
      const bytes = parseIp(value)
      if (bytes?.length === length) return bytes
      throw invalid(`${JSON.stringify(value)} is no ${type}`)
    }
    if (kind === 'mac') return macBytes(value, type)
    if (kind === 'name') return nameBytes(value)
  }
  const number = typeof value === 'number' ? value : textNumber(type, value)
  if (kind === 'ip' || kind === 'mac' || kind === 'name' || !isInteger(number, length)) {
    throw invalid(`${JSON.stringify(value)} is no ${type}`)
  }
  return integerBytes(number, length, kind === 'host')
}

function isInteger(number: number, length: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < 2 ** (8 * length)
}

function textNumber(type: NftType, text: string): number {
  if (type === 'inet_proto') return protocolNumber(/^[0-9]+$/.test(text) ? Number(text) : text)
  return /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(text) ? Number(text) : Number.NaN
}

/** An unsigned integer of 1, 2 or 4 bytes. */
export function integerBytes(value: number, length: number, hostOrder: boolean): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  const little = hostOrder && hostLittleEndian
  if (length === 1) view.setUint8(0, value)
  else if (length === 2) view.setUint16(0, value, little)
  else view.setUint32(0, value, little)
  return bytes
}

function nameBytes(name: string): Uint8Array {
  const text = new TextEncoder().encode(name)
  if (text.length === 0 || text.length > 15) throw invalid(`interface name ${JSON.stringify(name)}`)
  const bytes = new Uint8Array(16)
  bytes.set(text)
  return bytes
}

/** First and last value of a single value, prefix or range. */
export function scalarRange(type: NftType, value: NftScalar): { readonly from: Uint8Array; readonly to: Uint8Array } {
  if (typeof value === 'string') {
    const { kind, length } = types[type]
    if (kind === 'ip' && value.includes('/')) {
      const prefix = parseIpPrefix(value)
      if (prefix?.bytes.length !== length) throw invalid(`${JSON.stringify(value)} is no ${type} prefix`)
      return { from: maskIp(prefix.bytes, prefix.length), to: maskIp(prefix.bytes, prefix.length, true) }
    }
    const dash = value.indexOf('-')
    if (kind !== 'name' && dash > 0) {
      const from = scalarBytes(type, value.slice(0, dash))
      const to = scalarBytes(type, value.slice(dash + 1))
      if (compareBytes(from, to) > 0) throw invalid(`range ${value} is empty`)
      return { from, to }
    }
  }
  const bytes = scalarBytes(type, value)
  return { from: bytes, to: bytes }
}

/** The text or number that scalarBytes would make these bytes of. */
export function formatScalar(type: NftType, bytes: Uint8Array): string | number {
  switch (types[type].kind) {
    case 'ip':
      return formatIp(bytes)
    case 'mac':
      return formatMac(bytes)
    case 'name': {
      const end = bytes.indexOf(0)
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
    }
    default: {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const little = types[type].kind === 'host' && hostLittleEndian
      if (bytes.length === 1) return view.getUint8(0)
      return bytes.length === 2 ? view.getUint16(0, little) : view.getUint32(0, little)
    }
  }
}

/** A single value, a prefix if the range is one, else `from-to`. */
export function formatRange(type: NftType, from: Uint8Array, to: Uint8Array): string | number {
  if (compareBytes(from, to) === 0) return formatScalar(type, from)
  if (types[type].kind === 'ip') {
    const length = commonPrefix(from, to)
    if (compareBytes(maskIp(from, length), from) === 0 && compareBytes(maskIp(to, length, true), to) === 0) {
      return `${formatIp(from)}/${length}`
    }
  }
  return `${formatScalar(type, from)}-${formatScalar(type, to)}`
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0)
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24
  }
  return a.length * 8
}

/** Order of two keys of one length, as the kernel's interval trees have it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The key behind; undefined behind the last one. */
export function successor(bytes: Uint8Array): Uint8Array | undefined {
  const next = bytes.slice()
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = (next[i] ?? 0) + 1
    next[i] = byte & 0xff
    if (byte < 256) return next
  }
  return undefined
}

/** The key before; the first has none before it and comes back as the last. */
export function predecessor(bytes: Uint8Array): Uint8Array {
  const previous = bytes.slice()
  for (let i = previous.length - 1; i >= 0; i--) {
    const byte = previous[i] ?? 0
    previous[i] = (byte + 255) & 0xff
    if (byte > 0) break
  }
  return previous
}

function invalid(what: string): NetlinkError {
  return new NetlinkError({ errno: 22, request: `nf_tables value: ${what}` })
}
