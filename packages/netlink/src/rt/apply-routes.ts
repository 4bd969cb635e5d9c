import { setImmediate as nextTurn } from 'node:timers/promises'
import { isNetlinkError, NetlinkError } from '../netlink-error.ts'
import { type NetlinkSocket, NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE, NLM_F_REQUEST } from '../wire/netlink-socket.ts'
import { RTM_DELROUTE, RTM_NEWROUTE } from './constants.ts'
import { describeRoute, writeRoute } from './route-message.ts'
import type { Route, RouteChanges, RouteFailure } from './types.ts'

/** Routes in one send; more gain nothing and would keep the event loop longer (500: about 1.3 ms). */
const routesPerSend = 500
const ESRCH = 3

type Operation = RouteFailure['operation']

/** Sends all changes, deletions first. Belongs into a task of the socket. */
export async function applyRoutes(socket: NetlinkSocket, changes: RouteChanges): Promise<RouteFailure[]> {
  const failures: RouteFailure[] = []
  for (const operation of ['delete', 'replace'] as const) {
    const routes = changes[operation] ?? []
    for (let from = 0; from < routes.length; from += routesPerSend) {
      if (from > 0) await nextTurn()
      await applySome(socket, operation, routes.slice(from, from + routesPerSend), failures)
    }
  }
  return failures
}

async function applySome(
  socket: NetlinkSocket,
  operation: Operation,
  routes: readonly Route[],
  failures: RouteFailure[],
): Promise<void> {
  const { writer } = socket
  const type = operation === 'replace' ? RTM_NEWROUTE : RTM_DELROUTE
  const flags = NLM_F_REQUEST | (operation === 'replace' ? NLM_F_CREATE | NLM_F_REPLACE : 0)
  const bySequence = new Map<number, Route>()
  let last = -1
  let sequence = 0
  writer.truncate()
  for (const route of routes) {
    const start = writer.length
    const next = socket.nextSequence()
    try {
      writer.beginMessage(type, flags, next)
      writeRoute(writer, route, operation === 'delete')
      writer.endMessage(start)
    } catch (error) {
      // One route that cannot be encoded stops no other.
      if (!isNetlinkError(error)) throw error
      writer.truncate(start)
      failures.push({ operation, route, error })
      continue
    }
    bySequence.set(next, route)
    last = start
    sequence = next
  }
  if (last < 0) return
  // The kernel reports errors of the others unasked, so one acknowledgement says that all were read.
  writer.addFlags(last, NLM_F_ACK)
  const request = `${bySequence.size} routes`
  await socket.exchange(writer.bytes(), sequence, request, (answered, errno, detail) => {
    const route = bySequence.get(answered)
    if (errno === 0 || route === undefined || (operation === 'delete' && errno === ESRCH)) return
    const words = `${operation === 'replace' ? 'RTM_NEWROUTE' : 'RTM_DELROUTE'} ${describeRoute(route)}`
    failures.push({ operation, route, error: new NetlinkError({ errno, request: words, detail }) })
  })
}
