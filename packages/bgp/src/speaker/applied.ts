import { api } from '../gen/gobgp.js'
import type { Desired, DesiredPath, DesiredPeer, DesiredPolicy } from '../plan/desired.ts'
import type { GobgpClient } from './gobgp-client.ts'
import { comparePeer } from './peer-message.ts'
import { assignments, everything, type PolicyEffect, policyFingerprint, policyMessage } from './policy-message.ts'

/** What gobgpd has of what we asked for. */
export interface Applied {
  /** Sessions that are as this says. */
  readonly peers: Map<string, DesiredPeer>
  /** Sessions that are there but not as wanted, or not wanted at all. */
  readonly otherPeers: Map<string, OtherPeer>
  readonly paths: Map<string, DesiredPath>
  policy: DesiredPolicy | undefined
  /** What sessions were not made to look at again since policies changed. */
  unevaluated: PolicyEffect
}

/** What must be known of a session to change or remove it. */
export interface OtherPeer {
  readonly asn: number
  readonly password: string | undefined
  /** An update brings it to what is wanted; else it must be removed and added. */
  readonly updatable: boolean
}

/**
 * Reads back what an earlier agent left in a running gobgpd, so that only what differs is touched. Whether that agent had routes
 * evaluated by the policies that are there, or died before, cannot be read.
 */
export async function readApplied(
  client: GobgpClient,
  desired: Desired,
  localPaths: Map<string, DesiredPath>,
): Promise<Applied> {
  const applied: Applied = {
    peers: new Map(),
    otherPeers: new Map(),
    paths: localPaths,
    policy: undefined,
    unevaluated: everything,
  }
  for (const actual of await client.listPeers()) {
    const address = actual.conf?.neighborAddress ?? ''
    const password = actual.conf?.authPassword || undefined
    const wanted = desired.peers.get(address)
    const peer = wanted === undefined ? undefined : withKnownPassword(wanted, password)
    const difference = peer === undefined ? 'session' : comparePeer(peer, actual)
    if (peer !== undefined && difference === 'none') applied.peers.set(address, peer)
    else {
      applied.otherPeers.set(address, {
        asn: actual.conf?.peerAsn ?? 0,
        password,
        updatable: difference !== 'reflection',
      })
    }
  }
  if (await hasPolicy(client, desired.policy)) applied.policy = desired.policy
  return applied
}

/** A session whose password nobody has read yet goes on with the one it has. */
export function withKnownPassword(peer: DesiredPeer, password: string | undefined): DesiredPeer {
  if (peer.passwordUnread !== true) return peer
  const { passwordUnread: _, ...known } = peer
  return password === undefined ? known : { ...known, password }
}

async function hasPolicy(client: GobgpClient, policy: DesiredPolicy): Promise<boolean> {
  const { DEFINED_TYPE_PREFIX, DEFINED_TYPE_NEIGHBOR } = api.DefinedType
  const [prefixSets, neighborSets, policies, assigned] = await Promise.all([
    client.listDefinedSets(DEFINED_TYPE_PREFIX),
    client.listDefinedSets(DEFINED_TYPE_NEIGHBOR),
    client.listPolicies(),
    client.listPolicyAssignments(),
  ])
  const wanted = policyMessage(policy)
  const inPlace = assignments.every(({ direction, policies: names, defaultAction }) =>
    assigned.some(
      (one) =>
        one.direction === direction &&
        one.defaultAction === defaultAction &&
        one.policies?.map(({ name }) => name).join() === names?.map(({ name }) => name).join(),
    ),
  )
  const actual = policyFingerprint([...prefixSets, ...neighborSets], policies)
  return inPlace && actual === policyFingerprint(wanted.definedSets ?? [], wanted.policies ?? [])
}
