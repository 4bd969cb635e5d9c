import { type BGPPeer, type BGPPeerSpec, parseAddress, parseAsNumber, parsePeerEndpoint } from '@manx/api'
import type { DesiredPeer, FindingReason, PeerOrigin } from './desired.ts'
import type { PlanNode } from './input.ts'
import { families, isPassive, nodeWithAddress, type PeerContext, restartTimeOf, timersOf } from './peer-context.ts'
import type { PlannedPeer } from './plan-policy.ts'
import { type ReadPeer, readPeer } from './read-peer.ts'
import { type SessionPassword, sessionPassword } from './session-password.ts'

/** Who is at the other end. */
interface Remote {
  readonly address: string
  readonly port: number
  readonly asn: number
  readonly clusterId?: string
  /** The other end plans the same session, so one of the two must wait. */
  readonly mutual: boolean
}

/** Sessions from BGPPeer objects. Where two objects name one address, the global one comes first, then the first by name. */
export function explicitSessions(context: PeerContext): PlannedPeer[] {
  const rank = { global: 0, 'node specific': 1, 'node-to-node mesh': 2 } as const
  return context.peers
    .flatMap((peer) => sessionsOf(context, peer))
    .sort((a, b) => rank[a.peer.origin] - rank[b.peer.origin])
}

function sessionsOf(context: PeerContext, peer: BGPPeer): PlannedPeer[] {
  const object = `BGPPeer/${peer.metadata.name}`
  const report = (reason: FindingReason, message: string) => context.report({ object, reason, message })
  const read = readPeer(peer)
  const { issues, spec } = read
  if (issues.length > 0) {
    for (const { path, message } of issues) report('Invalid', `${path} ${message}: the object is skipped`)
    return []
  }
  const reverse = reverseRemotes(context, read)
  const forward = selectsLocally(read, context.self) ? forwardRemotes(context, read, report) : []
  const remotes = [...forward, ...reverse]
  if (remotes.length === 0) return []
  const missing = unsupported(spec)
  if (missing !== undefined) {
    report('Unsupported', `${missing} is not supported yet: the session is not set up`)
    return []
  }
  const password = sessionPassword(context, object, spec.password)
  if (password === undefined) return []
  return remotes.map((remote) => sessionWith(context, spec, object, remote, password))
}

function sessionWith(
  context: PeerContext,
  spec: BGPPeerSpec,
  source: string,
  remote: Remote,
  passwordOf: SessionPassword,
): PlannedPeer {
  const { self } = context
  const family = parseAddress(remote.address)?.family ?? 4
  const own = self.addresses[family]
  const localAsn = asNumberOf(spec.localASNumber) ?? context.asnOf(self)
  const internal = remote.asn === localAsn
  const reflector = self.clusterId !== undefined && internal
  const origin: PeerOrigin = isSet(spec.node) || isSet(spec.nodeSelector) ? 'node specific' : 'global'
  const peer: DesiredPeer = {
    address: remote.address,
    family,
    port: remote.port,
    asn: remote.asn,
    localAsn,
    origin,
    source,
    ...(spec.sourceAddress === 'None' || own === undefined ? {} : { localAddress: own }),
    passive: remote.mutual && own !== undefined && isPassive(own, remote.address),
    ...passwordOf(remote.address),
    allowedOwnAsns: Math.min(spec.numAllowedLocalASNumbers ?? 0, 255),
    ...timersOf(spec.keepaliveTime),
    restartTime: restartTimeOf(spec.maxRestartTime),
    ...(spec.ttlSecurity === undefined || spec.ttlSecurity === 0 ? {} : { minimumTtl: 256 - spec.ttlSecurity }),
    // Peers of the same cluster share their clients; reflecting to them would only be dropped there.
    ...(reflector && remote.clusterId !== self.clusterId ? { clusterId: self.clusterId } : {}),
  }
  return {
    peer,
    reflect: reflector,
    nextHop: spec.keepOriginalNextHop === true ? 'Keep' : (spec.nextHopMode ?? 'Auto'),
  }
}

/** The peers of a node that the object selects. */
function forwardRemotes(
  context: PeerContext,
  peer: ReadPeer,
  report: (reason: FindingReason, message: string) => void,
): Remote[] {
  const { spec, peerSelector } = peer
  if (peerSelector !== undefined) {
    // With reversePeering Manual the other node peers with this one only if the object says so of it, too.
    const selectsSelf = peerSelector.matches(context.self.labels)
    const isMutual = (node: PlanNode) => isReversed(spec) || (selectsSelf && selectsLocally(peer, node))
    return otherNodes(context)
      .filter(({ labels }) => peerSelector.matches(labels))
      .flatMap((node) => nodeRemotes(context, node, isMutual(node)))
  }
  const endpoint = isSet(spec.peerIP) ? parsePeerEndpoint(spec.peerIP) : undefined
  const address = endpoint === undefined ? undefined : parseAddress(endpoint.address)
  if (endpoint === undefined || address === undefined) {
    if (isSet(spec.localWorkloadSelector)) report('Unsupported', 'localWorkloadSelector is not supported yet')
    return []
  }
  // A global peer that is this very node means the others.
  if (Object.values(context.self.addresses).includes(endpoint.address)) return []
  if (context.self.addresses[address.family] === undefined) {
    report(
      'NoAddress',
      `node ${context.self.name} has no IPv${address.family} address to peer with ${endpoint.address}`,
    )
    return []
  }
  const node = nodeWithAddress(context, endpoint.address)
  const asn = asNumberOf(spec.asNumber) ?? (node === undefined ? undefined : context.asnOf(node))
  if (asn === undefined) {
    report('Invalid', 'spec.asNumber is required with peerIP: the object is skipped')
    return []
  }
  const port = endpoint.port ?? (node === undefined ? 179 : context.listenPortOf(node))
  return [{ address: endpoint.address, port, asn, mutual: false, ...clusterOf(node) }]
}

/** The nodes that peer with this one because peerSelector chose it (reversePeering Auto). */
function reverseRemotes(context: PeerContext, peer: ReadPeer): Remote[] {
  const { spec, peerSelector } = peer
  if (peerSelector === undefined || !isReversed(spec)) return []
  const { self } = context
  if (!peerSelector.matches(self.labels)) return []
  const back = selectsLocally(peer, self) ? peerSelector : undefined
  return otherNodes(context)
    .filter((node) => selectsLocally(peer, node) && back?.matches(node.labels) !== true)
    .flatMap((node) => nodeRemotes(context, node, true))
}

function nodeRemotes(context: PeerContext, node: PlanNode, mutual: boolean): Remote[] {
  return families.flatMap((family): Remote[] => {
    const address = node.addresses[family]
    if (address === undefined || context.self.addresses[family] === undefined) return []
    return [{ address, port: context.listenPortOf(node), asn: context.asnOf(node), mutual, ...clusterOf(node) }]
  })
}

function clusterOf(node: PlanNode | undefined): { clusterId?: string } {
  return node?.clusterId === undefined ? {} : { clusterId: node.clusterId }
}

function otherNodes(context: PeerContext): PlanNode[] {
  return [...context.nodes.values()].filter(({ name }) => name !== context.self.name)
}

function selectsLocally({ spec, nodeSelector }: ReadPeer, node: PlanNode): boolean {
  if (isSet(spec.node)) return spec.node === node.name
  return nodeSelector === undefined || nodeSelector.matches(node.labels)
}

function isReversed(spec: BGPPeerSpec): boolean {
  return spec.reversePeering !== 'Manual'
}

/** The first field that we would have to ignore; a session with less protection than asked for is none. */
function unsupported(spec: BGPPeerSpec): string | undefined {
  if ((spec.filters ?? []).length > 0) return 'spec.filters'
  if (isSet(spec.reachableBy)) return 'spec.reachableBy'
  if (isSet(spec.localWorkloadSelector)) return 'spec.localWorkloadSelector'
  return undefined
}

function asNumberOf(value: string | number | undefined): number | undefined {
  const asn = value === undefined ? undefined : parseAsNumber(value)
  return asn === 0 ? undefined : asn
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== ''
}
