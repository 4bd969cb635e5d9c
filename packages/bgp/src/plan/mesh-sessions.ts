import type { PlanNode } from './input.ts'
import { families, isPassive, type PeerContext, restartTimeOf, timersOf } from './peer-context.ts'
import type { PlannedPeer } from './plan-policy.ts'
import { type SessionPassword, sessionPassword } from './session-password.ts'

/** One session with every other node and family. Route reflectors take no part in the mesh. */
export function meshSessions(context: PeerContext): PlannedPeer[] {
  const { self, config, nodes } = context
  if (config.nodeToNodeMeshEnabled === false || self.clusterId !== undefined) return []
  const others = [...nodes.values()].filter((node) => node.name !== self.name && node.clusterId === undefined)
  if (others.length === 0) return []
  const password = sessionPassword(context, 'BGPConfiguration/default', config.nodeMeshPassword)
  if (password === undefined) return []
  return others.flatMap((node) => meshWith(context, node, password))
}

function meshWith(context: PeerContext, node: PlanNode, passwordOf: SessionPassword): PlannedPeer[] {
  const { self, config } = context
  return families.flatMap((family): PlannedPeer[] => {
    const own = self.addresses[family]
    const address = node.addresses[family]
    if (own === undefined || address === undefined || own === address) return []
    return [
      {
        reflect: false,
        nextHop: 'Auto',
        peer: {
          address,
          family,
          port: context.listenPortOf(node),
          asn: context.asnOf(node),
          localAsn: context.asnOf(self),
          origin: 'node-to-node mesh',
          source: `Node/${node.name}`,
          localAddress: own,
          passive: isPassive(own, address),
          ...passwordOf(address),
          allowedOwnAsns: 0,
          ...timersOf(undefined),
          restartTime: restartTimeOf(config.nodeMeshMaxRestartTime),
        },
      },
    ]
  })
}
