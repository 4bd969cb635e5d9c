import { isBgpError } from './error.ts'
import type { Desired } from './plan/desired.ts'
import type { Speaker } from './speaker/speaker.ts'
import { type PeerStatus, peerStatus, refusedPrefixes } from './status.ts'

/**
 * What gobgpd says of each planned session, which is much to read: for a human who asks. While it is away, or goes away meanwhile,
 * all of them are down.
 */
export async function readSessions(
  speaker: Speaker,
  desired: Desired | undefined,
  established: ReadonlySet<string>,
): Promise<PeerStatus[]> {
  if (desired === undefined) return []
  const listed = await speaker.peers({ advertised: true }).catch(emptyWhenAway)
  const actual = new Map(listed.map((peer) => [peer.conf?.neighborAddress, peer]))
  const statuses: PeerStatus[] = []
  for (const peer of desired.peers.values()) {
    const { address } = peer
    // Nodes send each other pool routes only: there is nothing to refuse, and many to ask.
    const asked = peer.origin !== 'node-to-node mesh' && established.has(address)
    const refused = asked ? await filtered(speaker, address).catch(emptyWhenAway) : []
    const problem = speaker.refused.get(address)
    statuses.push(peerStatus(peer, { actual: actual.get(address), refused, own: desired.paths, problem }))
  }
  return statuses
}

async function filtered({ client }: Speaker, address: string): Promise<string[]> {
  return client === undefined ? [] : refusedPrefixes(client, address, address.includes(':') ? 6 : 4)
}

/** For what is told although gobgpd may be away. The status says in a field of its own that gobgpd is away. */
export function emptyWhenAway(error: unknown): [] {
  if (isBgpError(error)) return []
  throw error
}
