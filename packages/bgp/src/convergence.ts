import { api } from './gen/gobgp.js'
import type { DesiredPeer } from './plan/desired.ts'

/** Seconds after which a session without an end-of-RIB marker is taken to have told all. */
const patience = 10

/** Peers that still have to tell their routes, so that a route nobody told of is no proof against it. `now`: seconds. */
export function pendingPeers(
  peers: Iterable<DesiredPeer>,
  actual: readonly api.Peer.$Properties[],
  now: number,
): string[] {
  const byAddress = new Map(actual.map((peer) => [peer.conf?.neighborAddress, peer]))
  return [...peers].filter((peer) => !hasTold(byAddress.get(peer.address), now)).map(({ address }) => address)
}

function hasTold(peer: api.Peer.$Properties | undefined, now: number): boolean {
  if (peer?.state?.sessionState !== api.SessionState.SESSION_STATE_ESTABLISHED) return false
  const families = peer.afiSafis ?? []
  if (families.every(({ mpGracefulRestart }) => mpGracefulRestart?.state?.endOfRibReceived === true)) return true
  const since = peer.timers?.state?.uptime?.seconds
  return since !== undefined && since !== null && since > 0 && now - since >= patience
}
