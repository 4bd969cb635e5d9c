import { AF_INET, AF_INET6 } from '../rt/constants.ts'
import type { Attributes, MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'

/** Length of struct nfgenmsg. */
const genericHeader = 4

/** What is needed to delete an entry: its attributes as the kernel gave them. */
export interface ConntrackEntry {
  readonly family: number
  readonly original: Uint8Array
  readonly zone: Uint8Array | undefined
  /** With it the kernel spares a newer entry of the same tuple. */
  readonly id: Uint8Array | undefined
}

/** Whose source is compared: that of the first packet, or that of its answers (which NAT makes another thing than the destination). */
export type Direction = 'original' | 'reply'

/** Bytes as a text that maps and sets compare. */
export const addressKey = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Starts a message; ended with `writer.endMessage` of what this returns. */
export function beginConntrack(writer: MessageWriter, type: number, flags: number, family: number, sequence: number) {
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

/** The attributes of a deletion. Without the tuple the kernel would delete everything, so it always is there. */
export function writeEntry(writer: MessageWriter, { original, zone, id }: ConntrackEntry): void {
  const tuple = writer.beginNested(c.CTA_TUPLE_ORIG)
  writer.raw(original)
  writer.endNested(tuple)
  if (zone !== undefined) writer.attrBytes(c.CTA_ZONE, zone)
  if (id !== undefined) writer.attrBytes(c.CTA_ID, id)
}

/** The entry, if the source of one of its directions is among the addresses (by `addressKey`). */
export function readEntryOf(message: MessageReader, addresses: ReadonlySet<string>): ConntrackEntry | undefined {
  let original: Attributes | undefined
  let zone: Uint8Array | undefined
  let id: Uint8Array | undefined
  let found = false
  const attributes = message.attributes(genericHeader)
  while (attributes.next()) {
    if (attributes.type === c.CTA_TUPLE_ORIG) original = attributes.copy()
    if (attributes.type === c.CTA_TUPLE_ORIG || attributes.type === c.CTA_TUPLE_REPLY) {
      const source = sourceOf(attributes)
      if (source !== undefined && addresses.has(addressKey(source))) found = true
    } else if (!found) {
      // Both tuples come first: an entry of somebody else costs no more.
      if (attributes.type > c.CTA_TUPLE_REPLY) return undefined
    } else if (attributes.type === c.CTA_ZONE) zone = attributes.bytes()
    else if (attributes.type === c.CTA_ID) id = attributes.bytes()
  }
  if (!found || original === undefined) return undefined
  return { family: message.u8(0), original: original.bytes(), zone, id }
}

function sourceOf(tuple: Attributes): Uint8Array | undefined {
  const parts = tuple.nested()
  while (parts.next()) {
    if (parts.type !== c.CTA_TUPLE_IP) continue
    const addresses = parts.nested()
    while (addresses.next()) {
      if (addresses.type === c.CTA_IP_V4_SRC || addresses.type === c.CTA_IP_V6_SRC) return addresses.bytes()
    }
  }
  return undefined
}

/** The kernel's number of the family that addresses of this length have. */
export const familyOf = (address: Uint8Array): number => (address.length === 4 ? AF_INET : AF_INET6)
