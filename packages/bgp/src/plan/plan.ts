import type { Desired, Finding } from './desired.ts'
import type { PlanInput } from './input.ts'
import { asnOf, families } from './peer-context.ts'
import { planBlackholes, planPaths, readBlocks } from './plan-paths.ts'
import { planPeers } from './plan-peers.ts'
import { planPolicy } from './plan-policy.ts'
import { routerIdOf } from './router-id.ts'

export interface Plan {
  /** Absent while this node is not known or cannot speak BGP; the findings say why. */
  readonly desired?: Desired
  readonly findings: readonly Finding[]
}

/** From what users and IPAM wrote to what this node's speaker and kernel should be. Pure. */
export function plan(input: PlanInput): Plan {
  const object = `Node/${input.node}`
  const self = input.nodes.get(input.node)
  if (self === undefined) {
    return { findings: [{ object, reason: 'NoAddress', message: 'is not known to the API server yet' }] }
  }
  const routerId = routerIdOf(self, input.settings.routerId)
  if (routerId === undefined) {
    const message = `router id ${input.settings.routerId} must be an IPv4 address or hash`
    return { findings: [{ object, reason: 'Invalid', message }] }
  }
  if (families.every((family) => self.addresses[family] === undefined)) {
    const message = 'has neither projectcalico.org/IPv4Address nor projectcalico.org/IPv6Address'
    return { findings: [{ object, reason: 'NoAddress', message }] }
  }
  const pools = [...input.pools]
  const ownBlocks = readBlocks(input.blocks)
  const { peers, findings: peerFindings } = planPeers(input, self)
  const { paths, findings: pathFindings } = planPaths({
    object,
    addresses: self.addresses,
    ownBlocks,
    localAddresses: input.localAddresses,
    pools,
  })
  const config = input.configurations.get('default')?.spec ?? {}
  const own = input.configurations.get(`node.${self.name}`)?.spec
  const addresses = families.flatMap((family) => self.addresses[family] ?? [])
  return {
    findings: [...peerFindings, ...pathFindings],
    desired: {
      global: {
        asn: asnOf(self, config),
        routerId,
        listenPort: own?.listenPort ?? config.listenPort ?? 179,
        listenAddresses: config.bindMode === 'NodeIP' ? addresses : [],
      },
      peers: new Map(peers.map(({ peer }) => [peer.address, peer])),
      policy: planPolicy({ pools, ownBlocks, peers, importAll: input.settings.importAll === true }),
      paths,
      kernel: {
        blackholes: planBlackholes(ownBlocks),
        metric: { 4: config.ipv4NormalRoutePriority ?? 1024, 6: config.ipv6NormalRoutePriority ?? 1024 },
      },
    },
  }
}
