import { formatIp, ipBytes, ipPrefix, maskIp } from '../ip-text.ts'
import { NetlinkError } from '../netlink-error.ts'
import type { Attributes, MessageReader } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import { routeTypes, scopeName, scopeNumbers } from './scopes.ts'
import type { Family, NextHop, Route } from './types.ts'

/** Length of struct rtmsg. */
export const routeHeader = 12
/** RT_SCOPE_NOWHERE in a deletion: any scope. */
const anyScope = 255

/** The route in words, for errors: `10.0.0.0/26 via 192.0.2.1 table 100`. */
export function describeRoute(route: Route): string {
  const words: string[] = []
  if (route.type !== undefined && route.type !== 'unicast') words.push(route.type)
  words.push(route.destination)
  for (const hop of route.nextHops) {
    if (route.nextHops.length > 1) words.push('nexthop')
    if (hop.gateway !== undefined) words.push('via', hop.gateway)
    if (hop.interface !== undefined) words.push('dev', `#${hop.interface}`)
  }
  if (route.table !== undefined && route.table !== c.RT_TABLE_MAIN) words.push('table', String(route.table))
  if (route.metric !== undefined) words.push('metric', String(route.metric))
  return words.join(' ')
}

/** True for the types that have no next hop. */
export function isReject(route: Route): boolean {
  const { type = 'unicast' } = route
  return type === 'blackhole' || type === 'unreachable' || type === 'prohibit' || type === 'throw'
}

/** Writes struct rtmsg and its attributes. In a deletion only what identifies the route is written. */
export function writeRoute(writer: MessageWriter, route: Route, deletion: boolean): void {
  const describe = () => `route ${describeRoute(route)}`
  const prefix = ipPrefix(route.destination, 'route')
  const size = route.family === 4 ? 4 : 16
  if (prefix.bytes.length !== size) throw invalid(`${describe()}: destination is not IPv${route.family}`)
  const type = routeTypes.indexOf(route.type ?? 'unicast')
  if (type < 1) throw invalid(`${describe()}: unknown type ${JSON.stringify(route.type)}`)
  const { table = c.RT_TABLE_MAIN, nextHops } = route
  writer.u8(route.family === 4 ? c.AF_INET : c.AF_INET6)
  writer.u8(prefix.length)
  writer.u8(0)
  writer.u8(0)
  writer.u8(table < 256 ? table : 0)
  writer.u8(route.protocol ?? (deletion ? 0 : c.RTPROT_BOOT))
  writer.u8(deletion ? anyScope : routeScope(route))
  writer.u8(deletion && route.type === undefined ? 0 : type)
  const [only] = nextHops
  writer.u32(!deletion && nextHops.length === 1 && only?.onlink === true ? c.RTNH_F_ONLINK : 0)
  writer.attrBytes(c.RTA_DST, maskIp(prefix.bytes, prefix.length))
  if (table > 255) writer.attrU32(c.RTA_TABLE, table)
  if (route.metric !== undefined) writer.attrU32(c.RTA_PRIORITY, route.metric)
  if (deletion) return
  if (route.source !== undefined) {
    const source = ipBytes(route.source, describe())
    if (source.length !== size) throw invalid(`${describe()}: source ${route.source} is not IPv${route.family}`)
    writer.attrBytes(c.RTA_PREFSRC, source)
  }
  if (route.mtu !== undefined) {
    const metrics = writer.beginNested(c.RTA_METRICS)
    writer.attrU32(c.RTAX_MTU, route.mtu)
    writer.endNested(metrics)
  }
  if (isReject(route)) {
    if (nextHops.length > 0) throw invalid(`${describe()}: this type has no next hops`)
  } else if (only === undefined) {
    throw invalid(`${describe()}: no next hop`)
  } else if (nextHops.length === 1) {
    if (only.interface !== undefined) writer.attrU32(c.RTA_OIF, only.interface)
    writeGateway(writer, route.family, only, describe)
  } else {
    writeMultipath(writer, route, describe)
  }
}

function routeScope(route: Route): number {
  if (route.scope !== undefined) return scopeNumbers[route.scope]
  if (route.family === 6) return scopeNumbers.global
  if (route.type === 'local') return scopeNumbers.host
  const direct = !isReject(route) && route.nextHops.every((hop) => hop.gateway === undefined)
  return direct ? scopeNumbers.link : scopeNumbers.global
}

function writeGateway(writer: MessageWriter, family: Family, hop: NextHop, describe: () => string): void {
  if (hop.gateway === undefined) return
  const gateway = ipBytes(hop.gateway, describe())
  if (gateway.length === (family === 4 ? 4 : 16)) {
    writer.attrBytes(c.RTA_GATEWAY, gateway)
    return
  }
  if (family === 6) throw invalid(`${describe()}: the kernel has no IPv6 routes via IPv4`)
  // struct rtvia: the family in host order, then the address.
  const via = new Uint8Array(2 + gateway.length)
  new Uint16Array(via.buffer, 0, 1)[0] = c.AF_INET6
  via.set(gateway, 2)
  writer.attrBytes(c.RTA_VIA, via)
}

function writeMultipath(writer: MessageWriter, route: Route, describe: () => string): void {
  const list = writer.beginPlainNested(c.RTA_MULTIPATH)
  for (const hop of route.nextHops) {
    // The kernel makes a separate route of each IPv6 next hop without a gateway, and a replace would then leave old ones behind.
    if (route.family === 6 && hop.gateway === undefined) {
      throw invalid(`${describe()}: each of several IPv6 next hops needs a gateway`)
    }
    const { weight = 1 } = hop
    if (!(weight >= 1 && weight <= 256)) throw invalid(`${describe()}: weight ${weight} is not 1 to 256`)
    const start = writer.length
    // struct rtnexthop, its length patched below.
    writer.u16(0)
    writer.u8(hop.onlink === true ? c.RTNH_F_ONLINK : 0)
    writer.u8(weight - 1)
    writer.u32(hop.interface ?? 0)
    writeGateway(writer, route.family, hop, describe)
    writer.patchU16(start, writer.length - start)
  }
  writer.endNested(list)
}

function invalid(request: string): NetlinkError {
  return new NetlinkError({ errno: 22, request })
}

/** Reads a route message. Undefined for other families (multicast routing, MPLS, …). */
export function readRoute(message: MessageReader): (Route & { readonly cloned: boolean }) | undefined {
  const kernelFamily = message.u8(0)
  if (kernelFamily !== c.AF_INET && kernelFamily !== c.AF_INET6) return undefined
  const family = kernelFamily === c.AF_INET ? 4 : 6
  const prefixLength = message.u8(1)
  const flags = message.u32(8)
  let table = message.u8(4)
  let destination = family === 4 ? '0.0.0.0' : '::'
  let metric = 0
  let source: string | undefined
  let mtu: number | undefined
  let gateway: string | undefined
  let device: number | undefined
  let nextHops: NextHop[] = []
  const attributes = message.attributes(routeHeader)
  while (attributes.next()) {
    switch (attributes.type) {
      case c.RTA_DST:
        destination = formatIp(message.bytes, attributes.offset, attributes.length)
        break
      case c.RTA_TABLE:
        table = attributes.u32()
        break
      case c.RTA_PRIORITY:
        metric = attributes.u32()
        break
      case c.RTA_PREFSRC:
        source = formatIp(message.bytes, attributes.offset, attributes.length)
        break
      case c.RTA_METRICS:
        mtu = readMtu(attributes)
        break
      case c.RTA_OIF:
        device = attributes.u32()
        break
      case c.RTA_GATEWAY:
        gateway = formatIp(message.bytes, attributes.offset, attributes.length)
        break
      case c.RTA_VIA:
        gateway = formatIp(message.bytes, attributes.offset + 2, attributes.length - 2)
        break
      case c.RTA_MULTIPATH:
        nextHops = readMultipath(message, attributes)
        break
      default:
    }
  }
  const type = routeTypes[message.u8(7)] ?? 'unicast'
  const base: Route = { family, destination: `${destination}/${prefixLength}`, type, nextHops: [] }
  // IPv6 hangs reject routes on the loopback interface; that says nothing.
  if (nextHops.length === 0 && !isReject(base) && (device !== undefined || gateway !== undefined)) {
    nextHops = [nextHop(gateway, device, 1, flags)]
  }
  return {
    ...base,
    table,
    protocol: message.u8(5),
    scope: scopeName(message.u8(6)),
    metric,
    ...(source === undefined ? {} : { source }),
    ...(mtu === undefined ? {} : { mtu }),
    nextHops,
    cloned: (flags & c.RTM_F_CLONED) !== 0,
  }
}

function nextHop(gateway: string | undefined, device: number | undefined, weight: number, flags: number): NextHop {
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(device === undefined ? {} : { interface: device }),
    weight,
    ...((flags & c.RTNH_F_ONLINK) === 0 ? {} : { onlink: true }),
    ...((flags & (c.RTNH_F_DEAD | c.RTNH_F_LINKDOWN)) === 0 ? {} : { dead: true }),
  }
}

function readMtu(attributes: Attributes): number | undefined {
  const metrics = attributes.nested()
  while (metrics.next()) if (metrics.type === c.RTAX_MTU) return metrics.u32()
  return undefined
}

function readMultipath(message: MessageReader, list: Attributes): NextHop[] {
  const hops: NextHop[] = []
  const end = list.offset + list.length
  let start = list.offset
  while (start + 8 <= end) {
    // Offsets of MessageReader count from the payload.
    const at = start - message.offset
    const length = message.u16(at)
    if (length < 8 || start + length > end) break
    let gateway: string | undefined
    const inner = list.nested(start - list.offset + 8).upTo(start + length)
    while (inner.next()) {
      if (inner.type === c.RTA_GATEWAY) gateway = formatIp(message.bytes, inner.offset, inner.length)
      else if (inner.type === c.RTA_VIA) gateway = formatIp(message.bytes, inner.offset + 2, inner.length - 2)
    }
    hops.push(nextHop(gateway, message.u32(at + 4) || undefined, message.u8(at + 3) + 1, message.u8(at + 2)))
    start += (length + 3) & ~3
  }
  return hops
}
