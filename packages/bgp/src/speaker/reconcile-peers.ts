import type { Logger } from '@manx/api'
import { isBgpError } from '../error.ts'
import type { DesiredPeer } from '../plan/desired.ts'
import { type Applied, type OtherPeer, withKnownPassword } from './applied.ts'
import type { GobgpClient } from './gobgp-client.ts'
import { compareDesiredPeers, peerMessage } from './peer-message.ts'

const peersAtOnce = 32

export interface ReconcileOptions {
  readonly client: GobgpClient
  readonly logger: Logger
  /** Peers that keep our routes while gobgpd comes back: their new sessions say so. Loses those that are added. */
  readonly returning: Set<string>
  /** gobgpd came back in the time of this connection, or shortly before. */
  readonly cameBack: boolean
}

/** Brings sessions to what they should be; those that are right are not touched. Returns what gobgpd refused, by address. */
export async function reconcilePeers(
  desired: ReadonlyMap<string, DesiredPeer>,
  applied: Applied,
  { client, logger, returning }: ReconcileOptions,
): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  const attempt = async (address: string, what: string, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      logger.info(`BGP session ${what}`, { peer: address })
      return true
    } catch (error) {
      // A refusal is about this peer; anything else is about gobgpd and ends the whole attempt.
      if (!isBgpError(error) || error.code !== 'Refused') throw error
      failures.set(address, error.message)
      logger.error(`BGP session not ${what}`, { peer: address, error: error.message })
      return false
    }
  }

  const peers = settlePasswords(desired, applied)
  markChanged(peers, applied)
  await inParallel(applied.otherPeers, async ([address, other]) => {
    const wanted = peers.get(address)
    if (wanted !== undefined && other.updatable) {
      // gobgpd decides by itself whether the session must start anew, and then also replaces the password.
      const done = await attempt(address, 'changed', () => client.updatePeer(peerMessage(wanted, false)))
      if (done) applied.peers.set(address, wanted)
      if (done) applied.otherPeers.delete(address)
      return
    }
    const done = await attempt(address, 'removed', async () => {
      // Only an update takes the password off the listening socket.
      const bare = { conf: { neighborAddress: address, peerAsn: other.asn, adminDown: true } }
      if (other.password !== undefined) await client.updatePeer(bare)
      await client.deletePeer(address)
    })
    if (done) applied.otherPeers.delete(address)
  })
  await inParallel(peers, async ([address, peer]) => {
    if (applied.peers.has(address) || applied.otherPeers.has(address)) return
    const message = peerMessage(peer, returning.has(address))
    if (!(await attempt(address, 'added', () => client.addPeer(message)))) return
    applied.peers.set(address, peer)
    returning.delete(address)
  })
  return failures
}

/** Without a password of its own a session takes the one that gobgpd has for it; where there is none to take, it waits. */
function settlePasswords(
  desired: ReadonlyMap<string, DesiredPeer>,
  { peers, otherPeers }: Applied,
): ReadonlyMap<string, DesiredPeer> {
  const settled = new Map<string, DesiredPeer>()
  for (const [address, peer] of desired) {
    const present = peers.get(address) ?? otherPeers.get(address)
    if (peer.passwordUnread !== true) settled.set(address, peer)
    else if (present !== undefined) settled.set(address, withKnownPassword(peer, present.password))
  }
  return settled
}

/** Moves sessions that are no longer as they should be from `peers` to `otherPeers`. */
function markChanged(peers: ReadonlyMap<string, DesiredPeer>, applied: Applied): void {
  for (const [address, known] of [...applied.peers]) {
    const wanted = peers.get(address)
    const difference = wanted === undefined ? 'session' : compareDesiredPeers(known, wanted)
    if (difference === 'none') continue
    const other: OtherPeer = {
      asn: known.asn,
      password: known.password,
      updatable: difference !== 'reflection',
    }
    applied.peers.delete(address)
    applied.otherPeers.set(address, other)
  }
}

async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const all = [...items]
  for (let start = 0; start < all.length; start += peersAtOnce) {
    await Promise.all(all.slice(start, start + peersAtOnce).map(work))
  }
}
