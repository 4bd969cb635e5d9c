import { type LabPlan, rackSubnet } from '../plan/lab-plan.ts'

/** The routing of the lab as a user of Manx writes it down: BGPConfiguration and a BGPPeer per rack and family. */
export function bgpObjects(plan: LabPlan): readonly object[] {
  const configuration = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'BGPConfiguration',
    metadata: { name: 'default' },
    spec: { asNumber: plan.clusterAsNumber, nodeToNodeMeshEnabled: plan.options.mesh },
  }
  const peers = plan.routers
    .filter(({ nodes }) => nodes !== undefined)
    .flatMap((router) => {
      const rack = router.name === 'tor1' ? 1 : 2
      const address = rackSubnet(rack).at(1)
      return (['v4', 'v6'] as const).map((family) => ({
        apiVersion: 'projectcalico.org/v3',
        kind: 'BGPPeer',
        metadata: { name: `rack${rack}-${family}` },
        spec: {
          nodeSelector: `rack == '${rack}'`,
          peerIP: address[family],
          asNumber: router.asNumber,
          // Rack 1's nodes share an AS: a route of one reaches the other with its own AS in the path.
          ...(rack === 1 ? { numAllowedLocalASNumbers: 1 } : {}),
        },
      }))
    })
  return [configuration, ...peers]
}

/** Annotations of the nodes whose AS is not the cluster's. */
export function nodeAsNumbers(plan: LabPlan): ReadonlyMap<string, number> {
  return plan.options.mesh ? new Map() : new Map(plan.nodes.map(({ name, asNumber }) => [name, asNumber]))
}
