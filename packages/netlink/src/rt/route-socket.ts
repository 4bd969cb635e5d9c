import type {
  AddressOptions,
  InterfaceAddress,
  Link,
  LinkChange,
  Neighbour,
  Route,
  RouteChanges,
  RouteFailure,
  RouteFilter,
  VethOptions,
} from './types.ts'

export interface RouteSocketOptions {
  /** Path of the network namespace to work in; absent: the caller's own. */
  readonly namespace?: string
}

/** Links, addresses, routes and neighbours of one network namespace. Requests are done in the order of the calls. */
export interface RouteSocket extends Disposable {
  links(): Promise<Link[]>
  /** Undefined when there is no such interface. */
  link(nameOrIndex: string | number): Promise<Link | undefined>
  /** Returns the host end. */
  createVeth(options: VethOptions): Promise<Link>
  setLink(index: number, change: LinkChange): Promise<void>
  /** Waits off the event loop (about 15 ms in the kernel). False when there was no such interface. */
  deleteLink(nameOrIndex: string | number): Promise<boolean>
  /** Deletes all interfaces of a group at the cost of about one. False when it has none. Group 0 (the default one) is refused. */
  deleteLinkGroup(group: number): Promise<boolean>
  addresses(filter?: { readonly family?: 4 | 6; readonly index?: number }): Promise<InterfaceAddress[]>
  /** `address` with prefix length. Replaces the same address's options. */
  addAddress(index: number, address: string, options?: AddressOptions): Promise<void>
  /** False when it was not there. */
  deleteAddress(index: number, address: string): Promise<boolean>
  /** Filtered in the kernel where it can, else here. Cached and cloned routes are left out. */
  routes(filter: RouteFilter): Promise<Route[]>
  /** Creates the route, or replaces the one of the same identity as a whole. */
  replaceRoute(route: Route): Promise<void>
  /** False when it was not there. Next hops are not compared: all are deleted. */
  deleteRoute(route: Route): Promise<boolean>
  /** Many changes in few sends; resolves with those that failed (empty: all done). */
  applyRoutes(changes: RouteChanges): Promise<RouteFailure[]>
  /** The route that the kernel would take to an address; rejects with ENETUNREACH or EHOSTUNREACH when there is none. */
  routeTo(address: string): Promise<Route>
  neighbours(filter?: {
    readonly family?: 4 | 6
    readonly index?: number
    readonly proxy?: boolean
  }): Promise<Neighbour[]>
  replaceNeighbour(neighbour: Neighbour): Promise<void>
  /** False when it was not there. */
  deleteNeighbour(neighbour: Neighbour): Promise<boolean>
  close(): void
  /** Resolves when close() was called. */
  readonly onClosed: Promise<void>
}

/** Opens an rtnetlink socket. It stays bound to the namespace, wherever the process goes. */
export function openRouteSocket(_options: RouteSocketOptions = {}): RouteSocket {
  throw new Error('not there yet')
}
