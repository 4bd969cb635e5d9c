import { formatIp, ipBytes } from '../ip-text.ts'
import { formatMac, macBytes } from '../mac-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import { neighbourStateName, neighbourStates } from './scopes.ts'
import type { Neighbour } from './types.ts'

/** Length of struct ndmsg. */
export const neighbourHeader = 12

export function describeNeighbour(neighbour: Neighbour): string {
  const mac = neighbour.mac === undefined ? '' : ` lladdr ${neighbour.mac}`
  return `${neighbour.proxy === true ? 'proxy ' : ''}${neighbour.address} dev #${neighbour.index}${mac}`
}

export function writeNeighbour(writer: MessageWriter, neighbour: Neighbour): void {
  const where = `neighbour ${describeNeighbour(neighbour)}`
  const address = ipBytes(neighbour.address, where)
  if (address.length !== (neighbour.family === 4 ? 4 : 16)) {
    throw new NetlinkError({ errno: 22, request: `${where}: not an IPv${neighbour.family} address` })
  }
  writer.u8(neighbour.family === 4 ? c.AF_INET : c.AF_INET6)
  writer.u8(0)
  writer.u16(0)
  writer.u32(neighbour.index)
  writer.u16(neighbourStates[neighbour.state ?? 'permanent'])
  writer.u8(neighbour.proxy === true ? c.NTF_PROXY : 0)
  writer.u8(0)
  writer.attrBytes(c.NDA_DST, address)
  if (neighbour.mac !== undefined) writer.attrBytes(c.NDA_LLADDR, macBytes(neighbour.mac, where))
}

/** Undefined for families other than IP (bridge forwarding entries, …). */
export function readNeighbour(message: MessageReader): Neighbour | undefined {
  const kernelFamily = message.u8(0)
  if (kernelFamily !== c.AF_INET && kernelFamily !== c.AF_INET6) return undefined
  let address: string | undefined
  let mac: string | undefined
  const attributes = message.attributes(neighbourHeader)
  while (attributes.next()) {
    if (attributes.type === c.NDA_DST) address = formatIp(message.bytes, attributes.offset, attributes.length)
    else if (attributes.type === c.NDA_LLADDR && attributes.length === 6) mac = formatMac(attributes.bytes())
  }
  if (address === undefined) return undefined
  return {
    family: kernelFamily === c.AF_INET ? 4 : 6,
    index: message.u32(4),
    address,
    ...(mac === undefined ? {} : { mac }),
    state: neighbourStateName(message.u16(8)),
    proxy: (message.u8(10) & c.NTF_PROXY) !== 0,
  }
}
