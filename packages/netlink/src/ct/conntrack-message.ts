import { formatIp } from '../ip-text.ts'
import { AF_INET, AF_INET6 } from '../rt/constants.ts'
import type { Attributes, MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import type { ConntrackEntry, ConntrackIdentity, ConntrackTuple, MaskedMark } from './types.ts'

/** Length of struct nfgenmsg. */
const genericHeader = 4

/** Whose source is compared: that of the first packet, or that of its answers (which NAT makes another thing than the destination). */
export type Direction = 'original' | 'reply'

/** Bytes as a text that maps and sets compare. */
export const addressKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Starts a message; ended with `writer.endMessage` of what this returns. */
export function beginConntrack(
  writer: MessageWriter,
  type: number,
  flags: number,
  family: number,
  sequence: number,
): number {
  const start = writer.beginMessage((c.NFNL_SUBSYS_CTNETLINK << 8) | type, flags, sequence)
  writer.u8(family)
  writer.u8(0)
  writer.u16be(0)
  return start
}

/** Lets the kernel give only entries with this source in one direction. */
export function writeSourceFilter(writer: MessageWriter, address: Uint8Array, direction: Direction): void {
  const original = direction === 'original'
  const tuple = writer.beginNested(original ? c.CTA_TUPLE_ORIG : c.CTA_TUPLE_REPLY)
  const ip = writer.beginNested(c.CTA_TUPLE_IP)
  writer.attrBytes(address.length === 4 ? c.CTA_IP_V4_SRC : c.CTA_IP_V6_SRC, address)
  writer.endNested(ip)
  writer.endNested(tuple)
  const filter = writer.beginNested(c.CTA_FILTER)
  writer.attrU32(c.CTA_FILTER_ORIG_FLAGS, original ? c.CTA_FILTER_F_IP_SRC : 0)
  writer.attrU32(c.CTA_FILTER_REPLY_FLAGS, original ? 0 : c.CTA_FILTER_F_IP_SRC)
  writer.endNested(filter)
}

/** In a dump: only entries with these bits. In a change: these bits become so, the others stay. */
export function writeMark(writer: MessageWriter, { mask, value }: MaskedMark): void {
  writer.attrU32be(c.CTA_MARK, value >>> 0)
  writer.attrU32be(c.CTA_MARK_MASK, mask >>> 0)
}

/** Names an entry for a change. */
export function writeTuple(writer: MessageWriter, { original, zone }: ConntrackIdentity): void {
  const tuple = writer.beginNested(c.CTA_TUPLE_ORIG)
  writer.raw(original)
  writer.endNested(tuple)
  if (zone !== undefined) writer.attrBytes(c.CTA_ZONE, zone)
}

/** Names an entry for its deletion. Without the tuple the kernel would delete everything, so it always is there. */
export function writeIdentity(writer: MessageWriter, identity: ConntrackIdentity): void {
  writeTuple(writer, identity)
  if (identity.id !== undefined) writer.attrBytes(c.CTA_ID, identity.id)
}

/** The entry, if the source of one of its directions is among the addresses (by `addressKey`; undefined: any). */
export function readEntry(
  message: MessageReader,
  addresses: ReadonlySet<string> | undefined,
): ConntrackEntry | undefined {
  let original: Attributes | undefined
  let reply: Attributes | undefined
  let zone: Uint8Array | undefined
  let id: Uint8Array | undefined
  let state: string | undefined
  let mark = 0
  let status = 0
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.CTA_TUPLE_ORIG:
        original = attributes.copy()
        break
      case c.CTA_TUPLE_REPLY:
        reply = attributes.copy()
        // Both tuples come first: an entry of somebody else costs no more.
        if (addresses !== undefined && !hasSource(original, addresses) && !hasSource(reply, addresses)) return undefined
        break
      case c.CTA_STATUS:
        status = attributes.u32be()
        break
      case c.CTA_PROTOINFO:
        state = readState(attributes.nested())
        break
      case c.CTA_MARK:
        mark = attributes.u32be()
        break
      case c.CTA_ZONE:
        zone = attributes.bytes()
        break
      case c.CTA_ID:
        id = attributes.bytes()
        break
      default:
    }
  }
  const family = message.u8(0) === AF_INET ? 4 : message.u8(0) === AF_INET6 ? 6 : undefined
  if (original === undefined || reply === undefined || family === undefined) return undefined
  return {
    family,
    original: readTuple(original),
    reply: readTuple(reply),
    ...(state === undefined ? {} : { state }),
    status,
    mark,
    identity: { original: original.bytes(), zone, id },
  }
}

function hasSource(tuple: Attributes | undefined, addresses: ReadonlySet<string>): boolean {
  if (tuple === undefined) return false
  const parts = tuple.nested()
  while (parts.next()) {
    if (parts.type !== c.CTA_TUPLE_IP) continue
    const fields = parts.nested()
    while (fields.next()) {
      if (fields.type === c.CTA_IP_V4_SRC || fields.type === c.CTA_IP_V6_SRC) {
        return addresses.has(addressKey(fields.bytes()))
      }
    }
  }
  return false
}

function readTuple(tuple: Attributes): ConntrackTuple {
  const found = { source: '', destination: '', protocol: 0 }
  let ports: { sourcePort?: number; destinationPort?: number } = {}
  let icmp: ConntrackTuple['icmp']
  const parts = tuple.nested()
  while (parts.next()) {
    const fields = parts.nested()
    if (parts.type === c.CTA_TUPLE_IP) {
      while (fields.next()) {
        if (fields.type === c.CTA_IP_V4_SRC || fields.type === c.CTA_IP_V6_SRC) found.source = formatIp(fields.bytes())
        else if (fields.type === c.CTA_IP_V4_DST || fields.type === c.CTA_IP_V6_DST) {
          found.destination = formatIp(fields.bytes())
        }
      }
    } else if (parts.type === c.CTA_TUPLE_PROTO) {
      while (fields.next()) {
        switch (fields.type) {
          case c.CTA_PROTO_NUM:
            found.protocol = fields.u8()
            break
          case c.CTA_PROTO_SRC_PORT:
            ports = { ...ports, sourcePort: fields.u16be() }
            break
          case c.CTA_PROTO_DST_PORT:
            ports = { ...ports, destinationPort: fields.u16be() }
            break
          case c.CTA_PROTO_ICMP_ID:
          case c.CTA_PROTO_ICMPV6_ID:
            icmp = { type: 0, code: 0, ...icmp, id: fields.u16be() }
            break
          case c.CTA_PROTO_ICMP_TYPE:
          case c.CTA_PROTO_ICMPV6_TYPE:
            icmp = { id: 0, code: 0, ...icmp, type: fields.u8() }
            break
          case c.CTA_PROTO_ICMP_CODE:
          case c.CTA_PROTO_ICMPV6_CODE:
            icmp = { id: 0, type: 0, ...icmp, code: fields.u8() }
            break
          default:
        }
      }
    }
  }
  return { ...found, ...ports, ...(icmp === undefined ? {} : { icmp }) }
}

function readState(information: Attributes): string | undefined {
  while (information.next()) {
    const names =
      information.type === c.CTA_PROTOINFO_TCP
        ? c.tcpStates
        : information.type === c.CTA_PROTOINFO_SCTP
          ? c.sctpStates
          : undefined
    const fields = information.nested()
    while (names !== undefined && fields.next()) {
      if (fields.type === c.CTA_PROTOINFO_STATE) return names[fields.u8()]
    }
  }
  return undefined
}

/** The kernel's number of the family that addresses of this length have. */
export const familyOf = (address: Uint8Array): number => (address.length === 4 ? AF_INET : AF_INET6)

/** The kernel's number of an entry's family. */
export const entryFamily = ({ family }: ConntrackEntry): number => (family === 4 ? AF_INET : AF_INET6)
