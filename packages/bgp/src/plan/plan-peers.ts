import type { Finding } from './desired.ts'
import { explicitSessions } from './explicit-sessions.ts'
import type { PlanInput, PlanNode } from './input.ts'
import { meshSessions } from './mesh-sessions.ts'
import { asnOf, defaultPort, type PeerContext } from './peer-context.ts'
import type { PlannedPeer } from './plan-policy.ts'

/** The sessions of this node: explicit ones first, then the mesh with everybody else. */
export function planPeers(input: PlanInput, self: PlanNode): { peers: PlannedPeer[]; findings: Finding[] } {
  const findings: Finding[] = []
  const config = input.configurations.get('default')?.spec ?? {}
  const context: PeerContext = {
    self,
    nodes: input.nodes,
    peers: [...input.peers].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
    passwords: input.passwords,
    unreadSecrets: input.unreadSecrets ?? new Set(),
    before: input.before ?? new Map(),
    config,
    asnOf: (node) => asnOf(node, config),
    listenPortOf: (node) =>
      input.configurations.get(`node.${node.name}`)?.spec.listenPort ?? config.listenPort ?? defaultPort,
    report: (finding) => findings.push(finding),
  }
  const sessions = new Map<string, PlannedPeer>()
  for (const planned of [...explicitSessions(context), ...meshSessions(context)]) {
    const before = sessions.get(planned.peer.address)
    if (before === undefined) sessions.set(planned.peer.address, planned)
    else if (planned.peer.origin !== 'node-to-node mesh' && before.peer.source !== planned.peer.source) {
      const message = `is not used for ${planned.peer.address}: ${before.peer.source} already peers with that address`
      findings.push({ object: planned.peer.source, reason: 'Shadowed', message })
    }
  }
  return { peers: [...sessions.values()], findings }
}
