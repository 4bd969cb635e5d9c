import { formatMac, macBytes } from '../mac-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import type { Link, LinkChange, VethOptions } from './types.ts'

/** Length of struct ifinfomsg. */
export const linkHeader = 16

/** Writes struct ifinfomsg. `change` says which of the flags are meant. */
export function writeLinkHeader(writer: MessageWriter, index: number, flags = 0, change = 0): void {
  writer.u8(0)
  writer.u8(0)
  writer.u16(0)
  writer.u32(index)
  writer.u32(flags)
  writer.u32(change)
}

/** The kernel's rule for names: 1 to 15 bytes without slash, colon and white space, neither `.` nor `..`. */
export function interfaceName(name: string): string {
  if (!/^[^\s/:]{1,15}$/.test(name) || name === '.' || name === '..') {
    throw new NetlinkError({
      errno: 22,
      request: `interface name ${JSON.stringify(name)}: want 1 to 15 characters but / : and spaces`,
    })
  }
  return name
}

export function writeLinkName(writer: MessageWriter, name: string): void {
  writer.attrString(c.IFLA_IFNAME, interfaceName(name))
}

export function writeLinkChange(writer: MessageWriter, index: number, change: LinkChange): void {
  const mask = change.up === undefined ? 0 : c.IFF_UP
  writeLinkHeader(writer, index, change.up === true ? c.IFF_UP : 0, mask)
  if (change.name !== undefined) writeLinkName(writer, change.name)
  writeLinkAttributes(writer, change)
}

function writeLinkAttributes(
  writer: MessageWriter,
  link: { readonly mac?: string; readonly mtu?: number; readonly group?: number },
): void {
  if (link.mac !== undefined) writer.attrBytes(c.IFLA_ADDRESS, macBytes(link.mac, 'interface'))
  if (link.mtu !== undefined) writer.attrU32(c.IFLA_MTU, link.mtu)
  if (link.group !== undefined) writer.attrU32(c.IFLA_GROUP, link.group)
}

/** Writes the whole of a veth pair; the peer goes to the namespace of an open file, if given. */
export function writeVeth(writer: MessageWriter, options: VethOptions, peerNamespace: number | undefined): void {
  const { peer } = options
  const flags = options.up === true ? c.IFF_UP : 0
  writeLinkHeader(writer, 0, flags, flags)
  writeLinkName(writer, options.name)
  writeLinkAttributes(writer, options)
  const info = writer.beginNested(c.IFLA_LINKINFO)
  writer.attrString(c.IFLA_INFO_KIND, 'veth')
  const data = writer.beginNested(c.IFLA_INFO_DATA)
  const peerInfo = writer.beginNested(c.VETH_INFO_PEER)
  // Never IFF_UP here: the kernel sets the peer up before it is joined with this end, and veth_open answers ENOTCONN.
  writeLinkHeader(writer, 0)
  writeLinkName(writer, peer.name)
  writeLinkAttributes(writer, peer)
  if (peerNamespace !== undefined) writer.attrU32(c.IFLA_NET_NS_FD, peerNamespace)
  writer.endNested(peerInfo)
  writer.endNested(data)
  writer.endNested(info)
}

/** Undefined for messages about something else (bridge ports, …). */
export function readLink(message: MessageReader): Link | undefined {
  // AF_BRIDGE and others tell of the same interface from their own point of view.
  if (message.u8(0) !== 0) return undefined
  const flags = message.u32(8)
  let name = ''
  let mtu = 0
  let group = 0
  let kind: string | undefined
  let mac: string | undefined
  let master: number | undefined
  let peer: number | undefined
  const attributes = message.attributes(linkHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.IFLA_IFNAME:
        name = attributes.string()
        break
      case c.IFLA_MTU:
        mtu = attributes.u32()
        break
      case c.IFLA_GROUP:
        group = attributes.u32()
        break
      case c.IFLA_ADDRESS:
        if (attributes.length === 6) mac = formatMac(attributes.bytes())
        break
      case c.IFLA_MASTER:
        master = attributes.u32()
        break
      case c.IFLA_LINK:
        peer = attributes.u32()
        break
      case c.IFLA_LINKINFO: {
        const info = attributes.nested()
        while (info.next()) if (info.type === c.IFLA_INFO_KIND) kind = info.string()
        break
      }
      default:
    }
  }
  return {
    index: message.u32(4),
    name,
    mtu,
    group,
    up: (flags & c.IFF_UP) !== 0,
    running: (flags & c.IFF_RUNNING) !== 0,
    loopback: (flags & c.IFF_LOOPBACK) !== 0,
    flags,
    ...(kind === undefined ? {} : { kind }),
    ...(mac === undefined ? {} : { mac }),
    ...(master === undefined ? {} : { master }),
    ...(peer === undefined ? {} : { peer }),
  }
}
