import { type NetworkPolicy, type New, networkPolicyToPolicy, policyKey, silentLogger } from '@manx/api'
import { createFelix, type Felix } from '@manx/felix'
import { output } from '@manx/testbed'
import { here } from '../../workload/world.ts'
import { collapsingRules, distinctRules } from './rules.ts'
import { batch, makeTopology, type RoutingNode, type Topology } from './topology.ts'

/** What the kernel of both nodes has to do with each packet. */
export interface Variant {
  readonly name: string
  furnish(topology: Topology): Promise<void>
}

export const bare = 'bare veths'
export const conntrack = 'one conntrack accept'

/** What our rules are compared with, and ours. `large` is the larger number of rules. */
export function variantsOf(counts: {
  readonly small: number
  readonly large: number
  readonly distinct: number
}): readonly Variant[] {
  const text = (count: number) => `${count.toLocaleString('en')} rules`
  return [
    { name: bare, furnish: (topology) => routeOnly(topology, '') },
    { name: conntrack, furnish: (topology) => routeOnly(topology, acceptEstablished) },
    manx('manx, no rules', []),
    manx(`manx, ${text(counts.small)} in sets, as many for another pod`, collapsingRules(counts.small)),
    manx(`manx, ${text(counts.large)} in sets, as many for another pod`, collapsingRules(counts.large)),
    manx(`manx, ${text(counts.distinct)} that cannot be one`, distinctRules(counts.distinct)),
  ]
}

export async function makeVariant(variant: Variant): Promise<Topology> {
  const topology = await makeTopology()
  try {
    await variant.furnish(topology)
    return topology
  } catch (error) {
    await topology[Symbol.asyncDispose]()
    throw error
  }
}

const acceptEstablished = `table inet bench {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ct state established,related accept
  }
}
`

async function routeOnly({ nodes }: Topology, rules: string): Promise<void> {
  for (const { namespace, pods } of nodes) {
    await batch(
      namespace,
      pods.map(({ address, link }) => `route add ${address}/32 dev ${link} scope link`),
    )
    if (rules !== '') await output('nft', ['-f', '-'], { namespace: namespace.name, input: rules })
  }
}

function manx(name: string, policies: readonly New<NetworkPolicy>[]): Variant {
  return {
    name,
    furnish: async (topology) => {
      for (const node of topology.nodes) await program(node, topology, policies)
    },
  }
}

/** Felix leaves the kernel as it is when it ends, so nothing of it runs beside the load. */
async function program(node: RoutingNode, topology: Topology, policies: readonly New<NetworkPolicy>[]): Promise<void> {
  const stop = new AbortController()
  const felix = createFelix({
    node: node.name,
    logger: silentLogger,
    namespace: node.namespace.path,
    environment: { FELIX_DEFAULTENDPOINTTOHOSTACTION: 'Accept' },
  })
  await felix.start(stop.signal)
  try {
    tellWorld(felix, topology, policies)
    felix.inSync()
    await Promise.all(
      node.pods.map(({ name, address, link }) =>
        felix.addEndpoint({
          namespace: here,
          pod: name,
          node: node.name,
          containerId: `c-${name}`,
          interfaceName: link,
          podInterface: 'eth0',
          addresses: [address],
        }),
      ),
    )
  } finally {
    stop.abort()
    await felix.stopped
  }
}

function tellWorld(felix: Felix, { nodes }: Topology, policies: readonly New<NetworkPolicy>[]): void {
  felix.setNamespace(here, {})
  for (const { name, app, address } of nodes.flatMap(({ pods }) => pods)) {
    const known = { namespace: here, name, serviceAccount: 'default', labels: { app }, addresses: [address], ports: [] }
    felix.setPod(`${here}/${name}`, known)
  }
  for (const object of policies) {
    const converted = networkPolicyToPolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...object })
    if (converted.policy === undefined) throw new Error('a policy of the bench is malformed')
    felix.setPolicy(policyKey(converted.policy), converted.policy)
  }
}
