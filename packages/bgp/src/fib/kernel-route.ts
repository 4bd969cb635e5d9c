import { addressBits, type Family, parsePrefix } from '@manx/api'
import type { Route } from '@manx/netlink'
import type { Hop } from './route-table.ts'

/** The protocol number that marks routes as ours (RTPROT_UNSPEC..; Calico's, so that its users find them). */
const routeProtocol = 80
export const mainTable = 254

/**
 * Whether the fib can have written it. Others use the protocol number, too (`deviceRouteProtocol` of a FelixConfiguration), but
 * for routes to pods: those have a device and no gateway, or are for one address.
 */
export function isFibRoute({ protocol, family, destination, type = 'unicast', nextHops }: Route): boolean {
  if (protocol !== routeProtocol) return false
  if (type === 'blackhole') return parsePrefix(destination)?.length !== addressBits(family)
  return type === 'unicast' && nextHops.length > 0 && nextHops.every(({ gateway }) => gateway !== undefined)
}

/** Whether the kernel would forward the same way by both. */
export function sameRoute(a: Route, b: Route): boolean {
  return a.protocol === b.protocol && forwarding(a) === forwarding(b)
}

/** The route for these next hops, in an order that does not depend on the order of news. */
export function unicastRoute(family: Family, destination: string, metric: number, hops: readonly Hop[]): Route {
  const unique = new Map(hops.map((hop) => [`${hop.gateway} ${hop.interface}`, hop]))
  const nextHops = [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, hop]) => hop)
  return { family, destination, table: mainTable, protocol: routeProtocol, metric, nextHops }
}

export function blackholeRoute(family: Family, destination: string, metric: number): Route {
  return { family, destination, table: mainTable, protocol: routeProtocol, metric, type: 'blackhole', nextHops: [] }
}

function forwarding({ type = 'unicast', nextHops }: Route): string {
  // IPv6 tells the loopback as interface of a blackhole.
  if (type !== 'unicast') return type
  return nextHops
    .map(({ gateway, interface: index, weight }) => `${gateway} ${index} ${weight ?? 1}`)
    .sort()
    .join()
}
