import { formatAddress, parseAddress } from '../../addresses/address.ts'
import { type Node, nodes } from '../../core/kinds.ts'
import { BGPPeer, type BGPPeer as BGPPeerObject, parsePeerEndpoint } from '../../kinds/bgp-peer.ts'
import { readSelector } from './read-selector.ts'
import { labelsOf } from './universe.ts'
import { describe, relatedTo, type World, type WorldObject, whereIs } from './world.ts'

type Peer = WorldObject<BGPPeerObject>

/** BGPPeers that give a node the same peer: a node has one session with an address, so that one of them is not used. */
export function checkPeers(world: World): void {
  const byAddress = new Map<string, Peer[]>()
  for (const peer of world.of(BGPPeer)) {
    const address = parseAddress(parsePeerEndpoint(peer.object.spec.peerIP ?? '')?.address ?? '')
    if (address === undefined) continue
    const key = formatAddress(address)
    const list = byAddress.get(key)
    if (list === undefined) byAddress.set(key, [peer])
    else list.push(peer)
  }
  for (const [address, peers] of byAddress) if (peers.length > 1) checkGroup(world, address, peers)
}

function checkGroup(world: World, address: string, peers: readonly Peer[]): void {
  // Who has the peer already, by node and, where nodes are not known, by what was written about them.
  const taken = new Map<string, Peer>()
  let everywhere: Peer | undefined
  let first: Peer | undefined
  const known = world.ofCore<Node>(nodes)
  for (const peer of peers) {
    const { scopes, all } = scopesOf(peer, known)
    const before = all
      ? (everywhere ?? first)
      : (everywhere ?? scopes.map((scope) => taken.get(scope)).find((one) => one !== undefined))
    if (before !== undefined)
      report(
        world,
        address,
        peer,
        before,
        scopes.find((scope) => taken.has(scope)),
      )
    for (const scope of scopes) if (!taken.has(scope)) taken.set(scope, peer)
    if (all) everywhere ??= peer
    // A global peer is everybody's; one with a selector that selects nobody is nobody's.
    if (scopes.length > 0 || all) first ??= peer
  }
}

/** `all` for a peer of every node; else the nodes, or the selector when no nodes are known. */
function scopesOf(
  { object }: Peer,
  known: readonly WorldObject<Node>[],
): { readonly scopes: readonly string[]; readonly all: boolean } {
  const { node = '', nodeSelector = '' } = object.spec
  if (node !== '') return { scopes: [`node ${node}`], all: false }
  if (nodeSelector === '') return { scopes: [], all: true }
  const selector = readSelector(nodeSelector)
  if (selector.canonical === 'all()') return { scopes: [], all: true }
  const selected = known.filter((one) => selector.matches(labelsOf(one.object)))
  return { scopes: [`nodes ${selector.canonical}`, ...selected.map(({ name }) => `node ${name}`)], all: false }
}

function report(world: World, address: string, peer: Peer, before: Peer, scope: string | undefined): void {
  const [one, other] = peer.source === undefined ? [before, peer] : [peer, before]
  const who = scope === undefined ? 'the same nodes' : scope
  const message = `is a peer of ${who} by ${describe(other)} (${whereIs(other)}), too: a node has one session with ${address}`
  const value = one.object.spec.peerIP
  world.warn(
    one,
    'PeerTwice',
    { path: 'spec.peerIP', value, message },
    relatedTo(other, 'spec.peerIP', describe(other)),
  )
}
