import { addressBits, type Family, parseAddress, parsePrefix, prefixContains } from '@manx/api'
import type { Route } from '@manx/netlink'
import type { DesiredKernel } from '../plan/desired.ts'
import type { ReadPath } from '../speaker/path-message.ts'
import { blackholeRoute, isFibRoute, sameRoute, unicastRoute } from './kernel-route.ts'
import { type Hop, metricOf, RouteTable } from './route-table.ts'

/** What the kernel must be told. */
export interface FibChanges {
  readonly replace: readonly Route[]
  readonly delete: readonly Route[]
  /** Prefixes that were touched and need nothing: what failed for them before is over. */
  readonly unchanged: readonly string[]
}

/** Why a learned prefix is not in the kernel. */
export interface NotInstalled {
  readonly prefix: string
  /** `unresolvable`: no route to any next hop. `local`: the kernel has a route of somebody else for it. */
  readonly reason: 'unresolvable' | 'local'
  readonly nextHops: readonly string[]
}

/**
 * What learned paths, own blocks and the kernel's other routes come to. Pure: is told everything, and says what to change.
 * Routes that were in the kernel before the table was known are kept until `endRetention`.
 */
export class FibState {
  /** Next hop per path, by prefix and then by sender. */
  readonly #rib = new Map<string, Map<string, string>>()
  /** Our routes as the kernel has them, by destination and then by metric. */
  readonly #kernel = new Map<string, Map<number, Route>>()
  #others = new RouteTable()
  readonly #resolved = new Map<string, readonly Hop[]>()
  /** Prefixes by the next hops that they use. */
  readonly #users = new Map<string, Set<string>>()
  #blackholes: ReadonlySet<string> = new Set()
  #metric: Readonly<Record<Family, number>> = { 4: 1024, 6: 1024 }
  /** The table is not complete yet, so a route without a path is no proof against the route. */
  #retaining: boolean = true
  /** Prefixes whose route is not to be deleted although no path is known (yet). */
  readonly #retained = new Set<string>()
  readonly #dirty = new Set<string>()
  readonly #notInstalled = new Map<string, NotInstalled>()

  /** Learned prefixes with no way into the kernel. */
  get notInstalled(): Iterable<NotInstalled> {
    return this.#notInstalled.values()
  }

  get learned(): number {
    return this.#rib.size
  }

  get installed(): number {
    return this.#kernel.size
  }

  get hasChanges(): boolean {
    return this.#dirty.size > 0
  }

  /** All routes of the main table anew: at the start, and when events were lost. */
  loadKernel(routes: Iterable<Route>): void {
    this.#others = new RouteTable()
    for (const destination of this.#kernel.keys()) this.#dirty.add(destination)
    this.#kernel.clear()
    for (const route of routes) {
      if (!isFibRoute(route)) this.#others.set(route)
      else {
        this.#remember(route)
        this.#dirty.add(route.destination)
        if (this.#retaining && !this.#rib.has(route.destination)) this.#retained.add(route.destination)
      }
    }
    for (const prefix of [...this.#rib.keys(), ...this.#blackholes]) this.#dirty.add(prefix)
    for (const nextHop of this.#resolved.keys()) this.#resolveAgain(nextHop)
  }

  /** One change of the main table, ours included. */
  onRoute(change: 'set' | 'removed', route: Route): void {
    const prefix = parsePrefix(route.destination)
    if (prefix === undefined) return
    if (isFibRoute(route)) {
      if (change === 'removed') this.#forget(route)
      else {
        this.#others.delete(route)
        this.#remember(route)
      }
    } else {
      if (change === 'removed') this.#others.delete(route)
      else {
        // A route of somebody else with our destination and metric took the place of ours.
        this.#forget(route)
        this.#others.set(route)
      }
      if (prefix.length === addressBits(prefix.family)) {
        this.#resolveAgain(route.destination.slice(0, route.destination.lastIndexOf('/')))
      } else {
        for (const nextHop of this.#resolved.keys()) {
          const address = parseAddress(nextHop)
          if (address !== undefined && prefixContains(prefix, address)) this.#resolveAgain(nextHop)
        }
      }
    }
    const { destination } = route
    if (this.#rib.has(destination) || this.#blackholes.has(destination) || this.#kernel.has(destination)) {
      this.#dirty.add(destination)
    }
  }

  /**
   * Whether the kernel's routes must be read anew because this link came up or went down. Links of pods carry no next hop, so
   * that they come and go without this cost.
   */
  isConcernedBy(index: number, running: boolean): boolean {
    if (running) return this.#others.deadInterfaces.has(index)
    for (const hops of this.#resolved.values()) if (hops.some((hop) => hop.interface === index)) return true
    return false
  }

  setKernelPlan({ blackholes, metric }: DesiredKernel): void {
    const next = new Set(blackholes)
    const all = metric[4] !== this.#metric[4] || metric[6] !== this.#metric[6]
    for (const prefix of next) if (all || !this.#blackholes.has(prefix)) this.#dirty.add(prefix)
    for (const prefix of this.#blackholes) if (!next.has(prefix)) this.#dirty.add(prefix)
    if (all) for (const prefix of this.#rib.keys()) this.#dirty.add(prefix)
    this.#blackholes = next
    this.#metric = metric
  }

  /** The table is told anew from here: what it had is kept in the kernel until mentioned, or until `endRetention`. */
  beginTable(): void {
    this.#retaining = true
    for (const destination of this.#kernel.keys()) this.#retained.add(destination)
    for (const [prefix, paths] of this.#rib) for (const nextHop of paths.values()) this.#release(nextHop, prefix)
    this.#rib.clear()
    this.#notInstalled.clear()
  }

  setPaths(paths: Iterable<ReadPath>): void {
    for (const { prefix, neighbor, identifier, nextHop, withdrawn } of paths) {
      const key = `${neighbor} ${identifier}`
      const known = this.#rib.get(prefix) ?? new Map<string, string>()
      const before = known.get(key)
      const after = withdrawn ? undefined : nextHop
      this.#retained.delete(prefix)
      this.#dirty.add(prefix)
      if (after === undefined) known.delete(key)
      else known.set(key, after)
      if (known.size === 0) this.#rib.delete(prefix)
      else this.#rib.set(prefix, known)
      if (after !== undefined) this.#use(after, prefix)
      if (before !== undefined && ![...known.values()].includes(before)) this.#release(before, prefix)
    }
  }

  /** From now on what no path and no block explains goes. */
  endRetention(): void {
    this.#retaining = false
    for (const prefix of this.#retained) this.#dirty.add(prefix)
    this.#retained.clear()
  }

  /** Changes for all that was touched since the last call. */
  takeChanges(): FibChanges {
    const replace: Route[] = []
    const remove: Route[] = []
    const unchanged: string[] = []
    for (const prefix of this.#dirty) {
      const before = replace.length + remove.length
      const wanted = this.#wanted(prefix)
      const actual = [...(this.#kernel.get(prefix)?.values() ?? [])]
      if (wanted === undefined) {
        if (!this.#retained.has(prefix)) remove.push(...actual)
      } else {
        const place = actual.find((route) => metricOf(route) === metricOf(wanted))
        if (place === undefined || !sameRoute(place, wanted)) replace.push(wanted)
        remove.push(...actual.filter((route) => route !== place))
      }
      if (replace.length + remove.length === before) unchanged.push(prefix)
    }
    this.#dirty.clear()
    return { replace, delete: remove, unchanged }
  }

  /** The kernel took these changes. */
  applied({ replace, delete: removed }: Omit<FibChanges, 'unchanged'>): void {
    for (const route of removed) this.#forget(route)
    for (const route of replace) this.#remember(route)
  }

  /** To be tried again with the next changes. */
  retry(prefixes: Iterable<string>): void {
    for (const prefix of prefixes) this.#dirty.add(prefix)
  }

  #wanted(prefix: string): Route | undefined {
    const family = prefix.includes(':') ? 6 : 4
    const metric = this.#metric[family]
    this.#notInstalled.delete(prefix)
    if (this.#blackholes.has(prefix)) return blackholeRoute(family, prefix, metric)
    const paths = this.#rib.get(prefix)
    if (paths === undefined) return undefined
    const nextHops = [...new Set(paths.values())]
    const give = (reason: NotInstalled['reason']) => {
      this.#notInstalled.set(prefix, { prefix, reason, nextHops })
      return undefined
    }
    // A pod of this node, or a route of the administrator: replacing it would cut it off.
    if (this.#others.get(prefix, metric) !== undefined) return give('local')
    const hops = nextHops.flatMap((nextHop) => this.#resolved.get(nextHop) ?? [])
    return hops.length === 0 ? give('unresolvable') : unicastRoute(family, prefix, metric, hops)
  }

  #remember(route: Route): void {
    const metrics = this.#kernel.get(route.destination) ?? new Map()
    this.#kernel.set(route.destination, metrics.set(metricOf(route), route))
  }

  #forget(route: Route): void {
    const metrics = this.#kernel.get(route.destination)
    metrics?.delete(metricOf(route))
    if (metrics?.size === 0) this.#kernel.delete(route.destination)
  }

  #use(nextHop: string, prefix: string): void {
    const users = this.#users.get(nextHop) ?? new Set()
    this.#users.set(nextHop, users.add(prefix))
    if (!this.#resolved.has(nextHop)) this.#resolved.set(nextHop, this.#others.resolve(nextHop))
  }

  #release(nextHop: string, prefix: string): void {
    const users = this.#users.get(nextHop)
    users?.delete(prefix)
    if (users?.size !== 0) return
    this.#users.delete(nextHop)
    this.#resolved.delete(nextHop)
  }

  #resolveAgain(nextHop: string): void {
    const before = this.#resolved.get(nextHop)
    if (before === undefined) return
    const after = this.#others.resolve(nextHop)
    if (hopsText(before) === hopsText(after)) return
    this.#resolved.set(nextHop, after)
    for (const prefix of this.#users.get(nextHop) ?? []) this.#dirty.add(prefix)
  }
}

function hopsText(hops: readonly Hop[]): string {
  return hops
    .map((hop) => `${hop.gateway} ${hop.interface}`)
    .sort()
    .join()
}
