import { formatIp, ipPrefix } from '../ip-text.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import { scopeName, scopeNumbers } from './scopes.ts'
import type { AddressOptions, InterfaceAddress } from './types.ts'

/** Length of struct ifaddrmsg. */
export const addressHeader = 8
const forever = 0xffffffff

export function writeAddress(writer: MessageWriter, index: number, address: string, options: AddressOptions): void {
  const { bytes, length } = ipPrefix(address, 'interface address')
  let flags = 0
  if (options.noDad === true && bytes.length === 16) flags |= c.IFA_F_NODAD
  if (options.noPrefixRoute === true) flags |= c.IFA_F_NOPREFIXROUTE
  writer.u8(bytes.length === 4 ? c.AF_INET : c.AF_INET6)
  writer.u8(length)
  writer.u8(flags & 0xff)
  writer.u8(scopeNumbers[options.scope ?? 'global'])
  writer.u32(index)
  writer.attrBytes(c.IFA_LOCAL, bytes)
  writer.attrBytes(c.IFA_ADDRESS, bytes)
  if (flags > 0xff) writer.attrU32(c.IFA_FLAGS, flags)
  if (options.label !== undefined) writer.attrString(c.IFA_LABEL, options.label)
  if (options.deprecated === true) {
    const cacheInfo = new Uint8Array(16)
    // struct ifa_cacheinfo: preferred 0, valid for ever.
    new Uint32Array(cacheInfo.buffer).set([0, forever, 0, 0])
    writer.attrBytes(c.IFA_CACHEINFO, cacheInfo)
  }
}

/** Undefined for families other than IP. */
export function readAddress(message: MessageReader): InterfaceAddress | undefined {
  const kernelFamily = message.u8(0)
  if (kernelFamily !== c.AF_INET && kernelFamily !== c.AF_INET6) return undefined
  let flags = message.u8(2)
  let address: string | undefined
  let local: string | undefined
  let label: string | undefined
  const attributes = message.attributes(addressHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.IFA_ADDRESS:
        address = formatIp(message.bytes, attributes.offset, attributes.length)
        break
      case c.IFA_LOCAL:
        local = formatIp(message.bytes, attributes.offset, attributes.length)
        break
      case c.IFA_LABEL:
        label = attributes.string()
        break
      case c.IFA_FLAGS:
        flags = attributes.u32()
        break
      default:
    }
  }
  // IPv6 has IFA_LOCAL on point-to-point addresses only.
  const own = local ?? address
  if (own === undefined) return undefined
  return {
    family: kernelFamily === c.AF_INET ? 4 : 6,
    index: message.u32(4),
    address: `${own}/${message.u8(1)}`,
    ...(address === undefined || address === own ? {} : { peer: address }),
    scope: scopeName(message.u8(3)),
    ...(label === undefined ? {} : { label }),
    tentative: (flags & c.IFA_F_TENTATIVE) !== 0,
    dadFailed: (flags & c.IFA_F_DADFAILED) !== 0,
    permanent: (flags & c.IFA_F_PERMANENT) !== 0,
    secondary: (flags & c.IFA_F_SECONDARY) !== 0,
    deprecated: (flags & c.IFA_F_DEPRECATED) !== 0,
  }
}
