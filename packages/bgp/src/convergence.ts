import { api } from './gen/gobgp.js'
import type { DesiredPeer } from './plan/desired.ts'

/** Seconds after which a session without a trustworthy end-of-RIB marker is taken to have told all. FRR collects for up to 10. */
const patience = 15
/** The R bit of RFC 4724: the speaker that sent it has restarted. */
const restartState = 0x8

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
  const marked = (peer.afiSafis ?? []).every(
    ({ mpGracefulRestart }) => mpGracefulRestart?.state?.endOfRibReceived === true,
  )
  if (marked && !saysItRestarted(peer)) return true
  const since = peer.timers?.state?.uptime?.seconds
  return since !== undefined && since !== null && since > 0 && now - since >= patience
}

/**
 * A restarted gobgpd does not wait for the marker of a peer that restarted, too, and then reports it as received. FRR says so of
 * itself for its first two minutes.
 */
function saysItRestarted({ state }: api.Peer.$Properties): boolean {
  return state?.remoteCap?.some(({ gracefulRestart }) => ((gracefulRestart?.flags ?? 0) & restartState) !== 0) === true
}
