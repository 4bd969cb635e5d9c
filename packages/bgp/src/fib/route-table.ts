import { type Address, addressBits, type Family, parseAddress, parsePrefix, prefixOf } from '@manx/api'
import type { NextHop, Route } from '@manx/netlink'

/** A way to a next hop: through a router, or to itself where it is on the link. */
export interface Hop {
  readonly gateway: string
  readonly interface: number
  /** No route says that the gateway is on the link. */
  readonly onlink?: boolean
}

/** Routes by destination, then by metric; the kernel has at most one of each. */
type ByDestination = Map<bigint, Map<number, Route>>

/** The routes of one table that others made, as the kernel would look them up. */
export class RouteTable {
  /** By family, then by prefix length. */
  readonly #lengths: Readonly<Record<Family, Map<number, ByDestination>>> = { 4: new Map(), 6: new Map() }

  /** Interfaces that some next hop would leave by if its link were alive. */
  readonly deadInterfaces = new Set<number>()

  set(route: Route): void {
    const prefix = parsePrefix(route.destination)
    if (prefix === undefined || isLinkLocal(prefix)) return
    for (const hop of route.nextHops) {
      if (hop.dead === true && hop.interface !== undefined) this.deadInterfaces.add(hop.interface)
    }
    const lengths = this.#lengths[prefix.family]
    const destinations = lengths.get(prefix.length) ?? new Map()
    lengths.set(prefix.length, destinations)
    const metrics = destinations.get(prefix.value) ?? new Map()
    destinations.set(prefix.value, metrics)
    metrics.set(metricOf(route), route)
  }

  delete(route: Pick<Route, 'destination' | 'family' | 'metric'>): void {
    const prefix = parsePrefix(route.destination)
    if (prefix === undefined) return
    const destinations = this.#lengths[prefix.family].get(prefix.length)
    const metrics = destinations?.get(prefix.value)
    metrics?.delete(metricOf(route))
    if (metrics?.size === 0) destinations?.delete(prefix.value)
  }

  /** The route of exactly this destination and metric. */
  get(destination: string, metric: number): Route | undefined {
    const prefix = parsePrefix(destination)
    if (prefix === undefined) return undefined
    return this.#lengths[prefix.family].get(prefix.length)?.get(prefix.value)?.get(metric)
  }

  /** The ways to an address by the longest matching route that has a live one. Empty: it cannot be reached. */
  resolve(nextHop: string): readonly Hop[] {
    const address = parseAddress(nextHop)
    if (address === undefined || isLinkLocal(address)) return []
    const lengths = this.#lengths[address.family]
    for (let length = addressBits(address.family); length >= 0; length--) {
      const metrics = lengths.get(length)?.get(prefixOf(address, length).value)
      if (metrics === undefined) continue
      for (const route of [...metrics.values()].sort((a, b) => metricOf(a) - metricOf(b))) {
        if ((route.type ?? 'unicast') !== 'unicast') return []
        const live = route.nextHops.filter(({ dead }) => dead !== true)
        if (live.length > 0) return live.flatMap((hop) => hopTo(nextHop, hop))
      }
    }
    return []
  }
}

/** Linux gives an IPv6 route without a metric this one. */
export function metricOf(route: Pick<Route, 'family' | 'metric'>): number {
  return route.metric ?? (route.family === 4 ? 0 : 1024)
}

function hopTo(nextHop: string, { gateway, interface: index, onlink }: NextHop): Hop[] {
  if (index === undefined) return []
  return [{ gateway: gateway ?? nextHop, interface: index, ...(onlink === true ? { onlink } : {}) }]
}

/** Such a next hop says nothing without the interface it was heard on. */
function isLinkLocal({ family, value }: Address): boolean {
  return family === 6 && value >> 118n === 0x3fan
}
