import type { Logger } from '@manx/api'
import type { NetlinkEvent, Route, RouteSocket } from '@manx/netlink'
import type { Delta } from '../../calc/delta.ts'
import { type EndpointRoute, routeKey } from '../../calc/items.ts'
import { DeltaTracker } from '../delta-tracker.ts'
import type { ApplyOptions, Driver } from '../driver.ts'
import type { LinkTable } from '../interfaces/link-table.ts'
import { encodeRoute, endpointRouteText, kernelRouteText } from './route-text.ts'

const mainTable = 254

/** RTPROT_KERNEL and RTPROT_RA: made by the kernel for its own addresses, nobody's to delete. */
const kernelProtocols: readonly number[] = [2, 9]

export interface RouteDriverOptions {
  readonly socket: RouteSocket
  readonly links: LinkTable
  readonly logger: Logger
  /** Whose routes on pods' interfaces are removed: everyone's, or those of this protocol. */
  readonly ownership: () => {
    readonly removeExternal: boolean
    readonly protocol: number
    readonly families: readonly (4 | 6)[]
  }
  readonly onForeignChange: () => void
}

/** Counts since the start. */
export interface RouteStatistics {
  readonly written: number
  readonly removed: number
  readonly reads: number
  readonly foreignChanges: number
}

interface KernelRoute {
  readonly text: string
  readonly interface: string
  /** Enough to delete it. */
  readonly route: Route
}

/** Keeps the routes out of pods' interfaces as they should be. Routes out of other interfaces are not looked at. */
export class RouteDriver implements Driver {
  readonly name = 'routes'
  readonly gates = false
  readonly #options: RouteDriverOptions
  readonly #tracker = new DeltaTracker<EndpointRoute, KernelRoute>({
    toActual: (route) => ({ text: endpointRouteText(route), interface: route.interface, route: deletionOf(route) }),
    same: (a, b) => a.text === b.text,
  })
  /** Keys of what is known to be in the kernel, by interface. */
  readonly #byInterface = new Map<string, Set<string>>()
  /** Interfaces that went or went down since the kernel was last asked something: the answer may be older than that. */
  readonly #lost = new Set<string>()
  #stale: boolean = true
  #statistics = { written: 0, removed: 0, reads: 0, foreignChanges: 0 }

  constructor(options: RouteDriverOptions) {
    this.#options = options
  }

  get statistics(): RouteStatistics {
    return { ...this.#statistics }
  }

  accept({ key, item, kind }: Delta): void {
    if (kind !== 'route') return
    if (item?.kind === 'route') this.#tracker.want(key, item.route)
    else this.#tracker.release(key)
  }

  invalidate(): void {
    this.#stale = true
  }

  settled(key: string): boolean {
    return !this.#stale && this.#tracker.settled(key)
  }

  async apply({ sweep }: ApplyOptions): Promise<void> {
    try {
      if (this.#stale) await this.#read()
      await this.#write(sweep)
    } catch (error) {
      this.#stale = true
      throw error
    }
  }

  /** To be called for every change of the interface: when it goes or goes down the kernel drops its routes without a word. */
  touch(name: string): void {
    if (this.#options.links.get(name)?.up === true) return
    this.#lost.add(name)
    this.#forget(name)
  }

  /**
   * Looks only whether somebody else did something; what it was is read from the kernel. A route in the place of one of ours
   * counts whatever interface it goes to.
   */
  handleEvent({ route, change }: Extract<NetlinkEvent, { type: 'route' }>): void {
    if ((route.table ?? mainTable) !== mainTable) return
    const wanted = this.#tracker.desired(keyOf(route))
    if (wanted === undefined && this.#ownInterface(route) === undefined) return
    const name = this.#options.links.nameOf(route.nextHops[0]?.interface)
    const same =
      wanted !== undefined && name !== undefined && endpointRouteText(wanted) === kernelRouteText(route, name)
    const expected = change === 'set' ? same : !same
    if (expected) return
    this.#statistics.foreignChanges++
    this.#stale = true
    this.#options.onForeignChange()
  }

  async #read(): Promise<void> {
    this.#stale = false
    this.#lost.clear()
    this.#statistics.reads++
    const { ownership, socket } = this.#options
    const { families, removeExternal, protocol } = ownership()
    const found = new Map<string, KernelRoute>()
    for (const family of families) {
      for (const route of await socket.routes({ family, table: mainTable })) {
        const name = this.#ownInterface(route)
        if (name === undefined) continue
        const key = keyOf(route)
        const ours = removeExternal || route.protocol === protocol || this.#tracker.desired(key) !== undefined
        if (!ours) continue
        // IPv6 can hold several routes of one destination and metric: none of them may count as the right one.
        const text = found.has(key) ? 'several' : kernelRouteText(route, name)
        found.set(key, { text, interface: name, route })
      }
    }
    this.#tracker.replaceActual(found)
    this.#byInterface.clear()
    for (const key of found.keys()) this.#index(key)
    this.#forgetLost()
  }

  async #write(sweep: boolean): Promise<void> {
    const { links, socket, logger } = this.#options
    const replace = new Map<string, Route>()
    const remove = new Map<string, Route>()
    for (const [key, wanted] of this.#tracker.upserts()) {
      const link = links.get(wanted.interface)
      if (link?.up !== true) continue
      replace.set(key, encodeRoute(wanted, link.index))
      const actual = this.#tracker.actual(key)
      if (actual?.text === 'several') remove.set(key, actual.route)
    }
    for (const [key, { route }] of this.#tracker.removals(sweep)) remove.set(key, route)
    if (replace.size === 0 && remove.size === 0) return
    this.#lost.clear()
    const failures = await socket.applyRoutes({ replace: [...replace.values()], delete: [...remove.values()] })
    const failed = new Set(failures.map(({ route }) => keyOf(route)))
    for (const key of remove.keys()) {
      if (failed.has(key)) continue
      this.#unindex(key)
      this.#tracker.setActual(key, undefined)
      this.#statistics.removed++
    }
    for (const key of replace.keys()) {
      if (failed.has(key)) continue
      this.#unindex(key)
      this.#tracker.written(key)
      this.#index(key)
      this.#statistics.written++
    }
    this.#forgetLost()
    // An interface that went away or down in the middle comes back with an event, if ever.
    const serious = failures.filter(({ error }) => !['ENODEV', 'ENETDOWN'].includes(error.code))
    const [first] = serious
    if (first !== undefined) throw first.error
    for (const { route, error } of failures)
      logger.debug(`route ${route.destination} waits for its interface`, { error })
  }

  #ownInterface(route: Route): string | undefined {
    if ((route.table ?? mainTable) !== mainTable || kernelProtocols.includes(route.protocol ?? 3)) return undefined
    if ((route.type ?? 'unicast') !== 'unicast') return undefined
    return this.#options.links.nameOf(route.nextHops[0]?.interface)
  }

  /** To be called when the kernel has answered. */
  #forgetLost(): void {
    for (const name of this.#lost) {
      this.#forget(name)
      // What it has got since it is up again only the kernel knows.
      if (this.#options.links.get(name)?.up === true) this.#stale = true
    }
  }

  /** The kernel holds nothing of this interface any more. */
  #forget(name: string): void {
    const keys = this.#byInterface.get(name) ?? []
    this.#byInterface.delete(name)
    for (const key of keys) this.#tracker.setActual(key, undefined)
  }

  #index(key: string): void {
    const actual = this.#tracker.actual(key)
    // Of several routes it is not known which one goes with the interface.
    if (actual === undefined || actual.text === 'several') return
    const keys = this.#byInterface.get(actual.interface)
    if (keys === undefined) this.#byInterface.set(actual.interface, new Set([key]))
    else keys.add(key)
  }

  #unindex(key: string): void {
    const name = this.#tracker.actual(key)?.interface
    if (name === undefined) return
    const keys = this.#byInterface.get(name)
    keys?.delete(key)
    if (keys?.size === 0) this.#byInterface.delete(name)
  }
}

/** With the protocol, so that it finds no route that somebody else put in its place. */
function deletionOf({ family, destination, metric, protocol }: EndpointRoute): Route {
  return { family, destination, metric, protocol, nextHops: [] }
}

const keyOf = (route: Route): string => routeKey({ destination: route.destination, metric: route.metric ?? 0 })
