import type { Family } from '@manx/api'
import type { api } from '../gen/gobgp.js'
import type { DesiredPeer } from '../plan/desired.ts'

/**
 * Seconds that a restarted reflector waits for peers to send their routes before it announces again; others do not wait (see
 * `announceAtOnce`). Peers that are down count as waited for, so this is also what one dead router costs after a restart.
 */
const deferralTime = 10
const connectRetry = 5
const idleAfterReset = 5
const anyHops = 255

/** AFI and SAFI of a unicast family. */
export function apiFamily(family: Family): api.Family.$Properties {
  return { afi: family === 4 ? 1 : 2, safi: 1 }
}

/** The message that makes this session. `localRestarting` only right after gobgpd itself came back. */
export function peerMessage(peer: DesiredPeer, localRestarting: boolean): api.Peer.$Properties {
  const external = peer.asn !== peer.localAsn
  return {
    conf: {
      neighborAddress: peer.address,
      peerAsn: peer.asn,
      localAsn: peer.localAsn,
      authPassword: peer.password ?? '',
      allowOwnAsn: peer.allowedOwnAsns,
    },
    timers: {
      config: {
        connectRetry,
        holdTime: peer.holdTime,
        keepaliveInterval: peer.keepalive,
        idleHoldTimeAfterReset: idleAfterReset,
      },
    },
    transport: {
      localAddress: peer.localAddress ?? '',
      passiveMode: peer.passive,
      remotePort: peer.port,
    },
    // GTSM and multihop exclude each other. Without GTSM a peer may be routers away, as Calico allows.
    ebgpMultihop: { enabled: external && peer.minimumTtl === undefined, multihopTtl: anyHops },
    ttlSecurity: { enabled: peer.minimumTtl !== undefined, ttlMin: peer.minimumTtl ?? 0 },
    routeReflector: {
      routeReflectorClient: peer.clusterId !== undefined,
      routeReflectorClusterId: peer.clusterId ?? '',
    },
    gracefulRestart: { enabled: true, restartTime: peer.restartTime, deferralTime, localRestarting },
    afiSafis: [
      {
        config: { family: apiFamily(peer.family), enabled: true },
        mpGracefulRestart: { config: { enabled: true } },
      },
    ],
  }
}

/** What is between a session as it should be and as gobgpd has it. */
export type PeerDifference =
  | 'none'
  /** Can change under a live session. */
  | 'timers'
  /** gobgpd must end the session and start it anew. */
  | 'session'
  /** As `session`, but gobgpd does not notice by itself. */
  | 'reflection'

/** Compares with what ListPeer says; what gobgpd fills in by itself is left out. */
export function comparePeer(peer: DesiredPeer, actual: api.Peer.$Properties): PeerDifference {
  const wanted = peerMessage(peer, false)
  if (!same(sessionFacts(wanted, peer), sessionFacts(actual, peer))) return 'session'
  if (reflection(wanted) !== reflection(actual)) return 'reflection'
  return same(timerFacts(wanted), timerFacts(actual)) ? 'none' : 'timers'
}

/** As `comparePeer`, for two desired sessions. */
export function compareDesiredPeers(before: DesiredPeer, after: DesiredPeer): PeerDifference {
  const a = peerMessage(before, false)
  const b = peerMessage(after, false)
  if (before.localAddress !== after.localAddress || !same(sessionFacts(a, before), sessionFacts(b, after))) {
    return 'session'
  }
  if (reflection(a) !== reflection(b)) return 'reflection'
  return same(timerFacts(a), timerFacts(b)) ? 'none' : 'timers'
}

function sessionFacts(message: api.Peer.$Properties, peer: DesiredPeer): unknown[] {
  const { conf, transport, ebgpMultihop, ttlSecurity, gracefulRestart, afiSafis } = message
  return [
    conf?.peerAsn ?? 0,
    conf?.localAsn ?? 0,
    conf?.authPassword ?? '',
    conf?.allowOwnAsn ?? 0,
    conf?.adminDown ?? false,
    // Where the kernel chooses the source, gobgpd tells the one it chose.
    peer.localAddress === undefined ? '' : (transport?.localAddress ?? ''),
    transport?.passiveMode ?? false,
    transport?.remotePort ?? 0,
    ebgpMultihop?.enabled ?? false,
    ttlSecurity?.enabled ?? false,
    ttlSecurity?.ttlMin ?? 0,
    gracefulRestart?.enabled ?? false,
    gracefulRestart?.restartTime ?? 0,
    gracefulRestart?.deferralTime ?? 0,
    (afiSafis ?? []).map(({ config }) => `${config?.family?.afi}/${config?.family?.safi}`).join(),
  ]
}

function timerFacts({ timers }: api.Peer.$Properties): unknown[] {
  const { connectRetry: retry, holdTime, keepaliveInterval, idleHoldTimeAfterReset } = timers?.config ?? {}
  return [retry, holdTime, keepaliveInterval, idleHoldTimeAfterReset]
}

/** gobgpd reports the cluster of clients only, and the zero value in words for others. */
function reflection({ routeReflector }: api.Peer.$Properties): string {
  return routeReflector?.routeReflectorClient === true ? (routeReflector.routeReflectorClusterId ?? '') : ''
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.every((value, index) => value === b[index])
}
