import { closeSync } from 'node:fs'
import { ipPrefix } from '../ip-text.ts'
import { isNetlinkError, NetlinkError } from '../netlink-error.ts'
import { openNamespace } from '../syscalls.ts'
import { KernelSocket, type KernelSocketOptions } from '../wire/kernel-socket.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import {
  NETLINK_ROUTE,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
} from '../wire/netlink-socket.ts'
import { readAddress, writeAddress } from './address-message.ts'
import { applyRoutes } from './apply-routes.ts'
import * as c from './constants.ts'
import { interfaceName, readLink, writeLinkChange, writeLinkHeader, writeLinkName, writeVeth } from './link-message.ts'
import { describeNeighbour, readNeighbour, writeNeighbour } from './neighbour-message.ts'
import { describeRoute, readRoute, writeRoute } from './route-message.ts'
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

export type RouteSocketOptions = KernelSocketOptions

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

const ENODEV = 19
const ENETUNREACH = 101

/** Opens an rtnetlink socket. It stays bound to the namespace, wherever the process goes. */
export function openRouteSocket(options: RouteSocketOptions = {}): RouteSocket {
  return new KernelRouteSocket(options)
}

class KernelRouteSocket extends KernelSocket implements RouteSocket {
  constructor(options: RouteSocketOptions) {
    super(NETLINK_ROUTE, options)
  }

  /** One acknowledged request. `write` writes what follows the header and may return what to do when it was sent. */
  #request(type: number, flags: number, describe: () => string, write: () => void, offLoop = false): Promise<void> {
    const { socket } = this
    return socket.run(async () => {
      const { writer } = socket
      writer.truncate()
      const sequence = socket.nextSequence()
      const start = writer.beginMessage(type, NLM_F_REQUEST | NLM_F_ACK | flags, sequence)
      write()
      writer.endMessage(start)
      await socket.request(writer.bytes(), sequence, describe, offLoop)
    })
  }

  #dump<T>(
    type: number,
    describe: () => string,
    write: () => void,
    read: (message: MessageReader) => T | undefined,
  ): Promise<T[]> {
    return this.socket.run(() =>
      this.collect({
        write: (writer, sequence) => {
          const message = writer.beginMessage(type, NLM_F_REQUEST | NLM_F_DUMP, sequence)
          write()
          writer.endMessage(message)
        },
        describe,
        read,
      }),
    )
  }

  #get<T>(
    type: number,
    describe: () => string,
    write: () => void,
    read: (message: MessageReader) => T,
    absent: readonly number[] = [],
  ): Promise<T | undefined> {
    const { socket } = this
    return socket.run(() => {
      const { writer } = socket
      writer.truncate()
      const sequence = socket.nextSequence()
      const start = writer.beginMessage(type, NLM_F_REQUEST, sequence)
      write()
      writer.endMessage(start)
      return socket.get(writer.bytes(), sequence, describe, read, absent)
    })
  }

  links(): Promise<Link[]> {
    return this.#dump(
      c.RTM_GETLINK,
      () => 'RTM_GETLINK',
      () => writeLinkHeader(this.socket.writer, 0),
      readLink,
    )
  }

  link(nameOrIndex: string | number): Promise<Link | undefined> {
    const { writer } = this.socket
    return this.#get(
      c.RTM_GETLINK,
      () => `RTM_GETLINK ${linkWords(nameOrIndex)}`,
      () => {
        writeLinkHeader(writer, typeof nameOrIndex === 'number' ? nameOrIndex : 0)
        if (typeof nameOrIndex === 'string') writeLinkName(writer, nameOrIndex)
      },
      readLink,
      [ENODEV],
    )
  }

  async createVeth(options: VethOptions): Promise<Link> {
    const { name, peer } = options
    const where = peer.namespacePath === undefined ? '' : ` netns ${peer.namespacePath}`
    const describe = () => `RTM_NEWLINK ${name} type veth peer ${peer.name}${where}`
    const namespace = peer.namespacePath === undefined ? undefined : openNamespace(peer.namespacePath)
    try {
      const write = () => writeVeth(this.socket.writer, options, namespace)
      await this.#request(c.RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, describe, write)
    } finally {
      if (namespace !== undefined) closeSync(namespace)
    }
    const link = await this.link(name)
    if (link === undefined) throw new NetlinkError({ errno: ENODEV, request: `${describe()}: gone again` })
    return link
  }

  setLink(index: number, change: LinkChange): Promise<void> {
    const describe = () => `RTM_NEWLINK #${index} ${JSON.stringify(change)}`
    return this.#request(c.RTM_NEWLINK, 0, describe, () => writeLinkChange(this.socket.writer, index, change))
  }

  deleteLink(nameOrIndex: string | number): Promise<boolean> {
    const { writer } = this.socket
    const describe = () => `RTM_DELLINK ${linkWords(nameOrIndex)}`
    const write = () => {
      writeLinkHeader(writer, typeof nameOrIndex === 'number' ? nameOrIndex : 0)
      if (typeof nameOrIndex === 'string') writeLinkName(writer, interfaceName(nameOrIndex))
    }
    return present(this.#request(c.RTM_DELLINK, 0, describe, write, true), 'ENODEV')
  }

  async deleteLinkGroup(group: number): Promise<boolean> {
    // Every interface is in group 0 unless somebody said otherwise.
    if (group === 0) throw new NetlinkError({ errno: 22, request: 'RTM_DELLINK group 0: the default group' })
    const { writer } = this.socket
    const write = () => {
      writeLinkHeader(writer, 0)
      writer.attrU32(c.IFLA_GROUP, group)
    }
    return present(
      this.#request(c.RTM_DELLINK, 0, () => `RTM_DELLINK group ${group}`, write, true),
      'ENODEV',
    )
  }

  async addresses(filter: { readonly family?: 4 | 6; readonly index?: number } = {}): Promise<InterfaceAddress[]> {
    const { writer } = this.socket
    const write = () => {
      writer.u8(kernelFamily(filter.family))
      writer.u8(0)
      writer.u8(0)
      writer.u8(0)
      writer.u32(filter.index ?? 0)
    }
    const all = await absentIsEmpty(
      this.#dump(c.RTM_GETADDR, () => 'RTM_GETADDR', write, readAddress),
      'ENODEV',
    )
    return all.filter(({ index }) => filter.index === undefined || index === filter.index)
  }

  addAddress(index: number, address: string, options: AddressOptions = {}): Promise<void> {
    const describe = () => `RTM_NEWADDR ${address} dev #${index}`
    const write = () => writeAddress(this.socket.writer, index, address, options)
    return this.#request(c.RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, describe, write)
  }

  deleteAddress(index: number, address: string): Promise<boolean> {
    const describe = () => `RTM_DELADDR ${address} dev #${index}`
    const write = () => writeAddress(this.socket.writer, index, address, {})
    return present(this.#request(c.RTM_DELADDR, 0, describe, write), 'EADDRNOTAVAIL')
  }

  async routes(filter: RouteFilter): Promise<Route[]> {
    const { family, table, protocol, interface: device } = filter
    const { writer } = this.socket
    const write = () => {
      writer.u8(kernelFamily(family))
      writer.u8(0)
      writer.u8(0)
      writer.u8(0)
      writer.u8(table !== undefined && table < 256 ? table : 0)
      writer.u8(protocol ?? 0)
      writer.u8(0)
      writer.u8(0)
      writer.u32(0)
      if (table !== undefined && table > 255) writer.attrU32(c.RTA_TABLE, table)
      if (device !== undefined) writer.attrU32(c.RTA_OIF, device)
    }
    const describe = () => `RTM_GETROUTE IPv${family}`
    const found = await absentIsEmpty(this.#dump(c.RTM_GETROUTE, describe, write, readRoute), 'ENOENT', 'ENODEV')
    const routes: Route[] = []
    for (const { cloned, ...route } of found) {
      // Kernels without strict checking ignore the filter.
      if (cloned || (table !== undefined && route.table !== table)) continue
      if (protocol !== undefined && route.protocol !== protocol) continue
      if (device !== undefined && !route.nextHops.some((hop) => hop.interface === device)) continue
      routes.push(route)
    }
    return routes
  }

  replaceRoute(route: Route): Promise<void> {
    const describe = () => `RTM_NEWROUTE ${describeRoute(route)}`
    const write = () => writeRoute(this.socket.writer, route, false)
    return this.#request(c.RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, describe, write)
  }

  deleteRoute(route: Route): Promise<boolean> {
    const describe = () => `RTM_DELROUTE ${describeRoute(route)}`
    const write = () => writeRoute(this.socket.writer, route, true)
    return present(this.#request(c.RTM_DELROUTE, 0, describe, write), 'ESRCH')
  }

  applyRoutes(changes: RouteChanges): Promise<RouteFailure[]> {
    return this.socket.run(() => applyRoutes(this.socket, changes))
  }

  async routeTo(address: string): Promise<Route> {
    const { writer } = this.socket
    const describe = () => `RTM_GETROUTE ${address}`
    const { bytes } = ipPrefix(address, 'route to')
    const write = () => {
      writer.u8(bytes.length === 4 ? c.AF_INET : c.AF_INET6)
      writer.u8(bytes.length * 8)
      for (let i = 0; i < 6; i++) writer.u8(0)
      writer.u32(0)
      writer.attrBytes(c.RTA_DST, bytes)
    }
    const found = await this.#get(c.RTM_GETROUTE, describe, write, readRoute)
    if (found === undefined) throw new NetlinkError({ errno: ENETUNREACH, request: describe() })
    const { cloned: _, ...route } = found
    return route
  }

  async neighbours(
    filter: { readonly family?: 4 | 6; readonly index?: number; readonly proxy?: boolean } = {},
  ): Promise<Neighbour[]> {
    const { writer } = this.socket
    const write = () => {
      writer.u8(kernelFamily(filter.family))
      writer.u8(0)
      writer.u16(0)
      writer.u32(0)
      writer.u16(0)
      writer.u8(filter.proxy === true ? c.NTF_PROXY : 0)
      writer.u8(0)
      if (filter.index !== undefined) writer.attrU32(c.NDA_IFINDEX, filter.index)
    }
    const all = await this.#dump(c.RTM_GETNEIGH, () => 'RTM_GETNEIGH', write, readNeighbour)
    return all.filter(({ index, family }) => {
      if (filter.index !== undefined && index !== filter.index) return false
      return filter.family === undefined || family === filter.family
    })
  }

  replaceNeighbour(neighbour: Neighbour): Promise<void> {
    const describe = () => `RTM_NEWNEIGH ${describeNeighbour(neighbour)}`
    const write = () => writeNeighbour(this.socket.writer, neighbour)
    return this.#request(c.RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, describe, write)
  }

  deleteNeighbour(neighbour: Neighbour): Promise<boolean> {
    const describe = () => `RTM_DELNEIGH ${describeNeighbour(neighbour)}`
    const write = () => writeNeighbour(this.socket.writer, neighbour)
    return present(this.#request(c.RTM_DELNEIGH, 0, describe, write), 'ENOENT')
  }
}

function linkWords(nameOrIndex: string | number): string {
  return typeof nameOrIndex === 'number' ? `#${nameOrIndex}` : nameOrIndex
}

function kernelFamily(family: 4 | 6 | undefined): number {
  return family === undefined ? 0 : family === 4 ? c.AF_INET : c.AF_INET6
}

/** False when the kernel says that the thing was not there. */
async function present(request: Promise<void>, absent: string): Promise<boolean> {
  try {
    await request
    return true
  } catch (error) {
    if (isNetlinkError(error, absent)) return false
    throw error
  }
}

/** A dump filtered by something that is not there has no entries. */
async function absentIsEmpty<T>(dump: Promise<T[]>, ...absent: string[]): Promise<T[]> {
  try {
    return await dump
  } catch (error) {
    if (isNetlinkError(error, ...absent)) return []
    throw error
  }
}
