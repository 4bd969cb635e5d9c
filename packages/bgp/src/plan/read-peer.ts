import { BGPPeer, type BGPPeerSpec, type Issue, type Labels, parseSelector, type Selector, validate } from '@manx/api'

/** A BGPPeer as the plan asks it. */
export interface ReadPeer {
  readonly spec: BGPPeerSpec
  /** Not empty: the object cannot be used. */
  readonly issues: readonly Issue[]
  /** Absent: every node, but for `spec.node`. */
  readonly nodeSelector?: Selector
  /** Absent: the peers are not nodes. */
  readonly peerSelector?: Selector
}

/** Stores replace objects and never change them, so each is read once, however often it is planned. */
const known = new WeakMap<BGPPeer, ReadPeer>()

export function readPeer(peer: BGPPeer): ReadPeer {
  const before = known.get(peer)
  if (before !== undefined) return before
  // What was stored may be of a newer version.
  const issues = validate(BGPPeer, peer, { unknownFields: 'ignore' })
  const { nodeSelector, peerSelector } = issues.length > 0 ? {} : peer.spec
  const read: ReadPeer = {
    spec: peer.spec,
    issues,
    ...(nodeSelector ? { nodeSelector: parseSelector(nodeSelector) } : {}),
    ...(peerSelector ? { peerSelector: parseSelector(peerSelector) } : {}),
  }
  known.set(peer, read)
  return read
}

/** Whether the object chooses the same nodes after a change of these labels. */
export function choosesAlike(peer: BGPPeer, before: Labels, after: Labels): boolean {
  const { nodeSelector, peerSelector } = readPeer(peer)
  return [nodeSelector, peerSelector].every((one) => one === undefined || one.matches(before) === one.matches(after))
}
