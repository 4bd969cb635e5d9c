import { EventSocket } from '../wire/event-socket.ts'
import type { MessageReader } from '../wire/message-reader.ts'
import { NETLINK_ROUTE, NLM_F_REPLACE } from '../wire/netlink-socket.ts'
import { readAddress } from './address-message.ts'
import * as c from './constants.ts'
import { readLink } from './link-message.ts'
import { readNeighbour } from './neighbour-message.ts'
import { readRoute } from './route-message.ts'
import type { NetlinkEvent } from './types.ts'

export interface WatchOptions {
  /** Path of the network namespace; absent: the caller's own. */
  readonly namespace?: string
  readonly links?: boolean
  readonly addresses?: boolean
  readonly routes?: boolean
  readonly neighbours?: boolean
  /** Default: both. */
  readonly families?: readonly (4 | 6)[]
  /** Socket receive buffer in bytes; default 8 MiB. */
  readonly receiveBuffer?: number
}

export interface NetlinkWatch extends Disposable {
  close(): void
  /** Lets the process end although the watch is open. */
  unref(): void
}

/**
 * Calls the listener with each burst of changes, from the moment this returns. Read the state after calling it, not before.
 * After an `overrun` event the listener must read everything again. IPv4 routes that go because their link went down or
 * away have no event of their own: the link's event stands for them.
 */
export function watchNetlink(options: WatchOptions, listener: (events: readonly NetlinkEvent[]) => void): NetlinkWatch {
  const { families = [4, 6], namespace, receiveBuffer } = options
  const groups: number[] = []
  if (options.links === true) groups.push(c.RTNLGRP_LINK)
  if (options.neighbours === true) groups.push(c.RTNLGRP_NEIGH)
  for (const family of families) {
    if (options.addresses === true) groups.push(family === 4 ? c.RTNLGRP_IPV4_IFADDR : c.RTNLGRP_IPV6_IFADDR)
    if (options.routes === true) groups.push(family === 4 ? c.RTNLGRP_IPV4_ROUTE : c.RTNLGRP_IPV6_ROUTE)
  }
  let events: NetlinkEvent[] = []
  const socket = new EventSocket({
    protocol: NETLINK_ROUTE,
    groups,
    namespace,
    receiveBuffer,
    onMessage: (message) => {
      const event = readEvent(message)
      if (event !== undefined) events.push(event)
    },
    onOverrun: () => events.push({ type: 'overrun' }),
    onDrained: () => {
      if (events.length === 0) return
      const burst = events
      events = []
      listener(burst)
    },
  })
  const close = () => socket.close()
  return { close, unref: () => socket.unref(), [Symbol.dispose]: close }
}

function readEvent(message: MessageReader): NetlinkEvent | undefined {
  switch (message.type) {
    case c.RTM_NEWLINK:
    case c.RTM_DELLINK: {
      const link = readLink(message)
      return link && { type: 'link', change: message.type === c.RTM_NEWLINK ? 'set' : 'removed', link }
    }
    case c.RTM_NEWADDR:
    case c.RTM_DELADDR: {
      const address = readAddress(message)
      return address && { type: 'address', change: message.type === c.RTM_NEWADDR ? 'set' : 'removed', address }
    }
    case c.RTM_NEWROUTE:
    case c.RTM_DELROUTE: {
      const found = readRoute(message)
      if (found === undefined || found.cloned) return undefined
      const { cloned: _, ...route } = found
      const set = message.type === c.RTM_NEWROUTE
      return { type: 'route', change: set ? 'set' : 'removed', route, replaced: (message.flags & NLM_F_REPLACE) !== 0 }
    }
    case c.RTM_NEWNEIGH:
    case c.RTM_DELNEIGH: {
      const neighbour = readNeighbour(message)
      return neighbour && { type: 'neighbour', change: message.type === c.RTM_NEWNEIGH ? 'set' : 'removed', neighbour }
    }
    default:
      return undefined
  }
}
