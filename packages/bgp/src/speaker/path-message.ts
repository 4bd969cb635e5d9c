import { type Family, formatPrefix, parsePrefix } from '@manx/api'
import type { api } from '../gen/gobgp.js'
import type { DesiredPath } from '../plan/desired.ts'
import { apiFamily } from './peer-message.ts'

const originIgp = { origin: { origin: 0 } }
/**
 * gobgpd puts the session's own address in place of these: the node's address where the session is bound to it, and one that
 * the peer can reach where it is not.
 */
const self = { 4: '0.0.0.0', 6: '::' } as const

/** The message that originates a route, or takes it back. */
export function pathMessage(path: DesiredPath, withdraw = false): api.Path.$Properties {
  const slash = path.prefix.lastIndexOf('/')
  const nlri = { prefix: { prefix: path.prefix.slice(0, slash), prefixLen: Number(path.prefix.slice(slash + 1)) } }
  const family = apiFamily(path.family)
  const nextHop: api.Attribute.$Properties =
    path.family === 4 ? { nextHop: { nextHop: self[4] } } : { mpReach: { family, nextHops: [self[6]], nlris: [nlri] } }
  return { nlri, family, pattrs: [originIgp, nextHop], isWithdraw: withdraw }
}

/** A unicast path as gobgpd tells of it. */
export interface ReadPath {
  readonly prefix: string
  readonly family: Family
  /** Address of the peer that sent it; absent: this node originates it. */
  readonly neighbor?: string
  /** Tells apart the paths of one neighbour to one prefix. */
  readonly identifier: number
  /** First next hop; absent for a withdrawal that carries none. */
  readonly nextHop?: string
  readonly withdrawn: boolean
}

/** Undefined for anything but IPv4 and IPv6 unicast. */
export function readPath(path: api.Path.$Properties): ReadPath | undefined {
  const { afi, safi } = path.family ?? {}
  const nlri = path.nlri?.prefix
  if (safi !== 1 || (afi !== 1 && afi !== 2) || !nlri) return undefined
  const prefix = parsePrefix(`${nlri.prefix}/${nlri.prefixLen ?? 0}`)
  if (prefix === undefined) return undefined
  const nextHop = nextHopOf(path.pattrs ?? [])
  const { neighborIp } = path
  // A path of our own has the zero address as neighbour, which Go prints as "invalid IP" or "<nil>".
  const isLocal = !neighborIp || !/^[0-9a-f]*[.:]/i.test(neighborIp)
  return {
    prefix: formatPrefix(prefix),
    family: afi === 1 ? 4 : 6,
    identifier: path.identifier ?? 0,
    withdrawn: path.isWithdraw === true,
    ...(isLocal ? {} : { neighbor: neighborIp }),
    ...(nextHop === undefined ? {} : { nextHop }),
  }
}

function nextHopOf(attributes: readonly api.Attribute.$Properties[]): string | undefined {
  for (const { nextHop, mpReach } of attributes) {
    const found = nextHop?.nextHop ?? mpReach?.nextHops?.[0]
    if (found) return found
  }
  return undefined
}
