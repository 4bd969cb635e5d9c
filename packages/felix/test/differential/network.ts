import type { WorkloadEndpoint } from '@manx/api'
import type { Namespace } from '@manx/testbed'
import { batch, createNode, type TestNode } from '../kernel/node.ts'
import { type PacketTool, type Party, startPacketTool } from './packet-tool.ts'
import { peers } from './peers.ts'

export interface TestNetwork extends AsyncDisposable {
  readonly node: TestNode
  /** Of the local pods, for felix. */
  readonly endpoints: readonly WorkloadEndpoint[]
  readonly tool: PacketTool
  /** Index of the party that has this address: its own for a local pod, that of all others for the rest. */
  partyOf(address: string): number
  forgetFlows(): Promise<void>
}

/** A node with the local pods, and behind its uplink everybody else. Nobody answers packets. */
export async function createNetwork(): Promise<TestNetwork> {
  const node = await createNode()
  try {
    const locals = peers.filter(({ kind }) => kind === 'local')
    const endpoints: WorkloadEndpoint[] = []
    const parties: Party[] = []
    for (const { namespace, name, addresses } of locals) {
      const pod = await node.addPod(`${namespace}${name}`, ...addresses)
      const { interfaceName } = pod.endpoint
      endpoints.push({ ...pod.endpoint, namespace, pod: name })
      parties.push({ namespace: pod.namespace, interface: 'eth0', nodeInterface: interfaceName })
      await knowNeighbours(node.namespace, interfaceName, pod.namespace, addresses)
    }
    parties.push({ namespace: node.outside, interface: 'eth0', nodeInterface: 'eth0' })
    await knowNeighbours(node.namespace, 'eth0', node.outside, ['192.0.2.2', '2001:db8::2'])
    await Promise.all(parties.map(({ namespace }) => silence(namespace)))
    const tool = await startPacketTool(node.namespace, parties)
    return {
      node,
      endpoints,
      tool,
      partyOf: (address) => {
        const index = locals.findIndex(({ addresses }) => addresses.includes(address))
        return index < 0 ? locals.length : index
      },
      forgetFlows: async () => {
        await node.namespace.output('conntrack', ['-F'])
      },
      [Symbol.asyncDispose]: async () => {
        await tool[Symbol.asyncDispose]()
        await node[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await node[Symbol.asyncDispose]()
    throw error
  }
}

/** Fixed entries: a packet that waits for an address to be resolved would be overtaken by what ends the batch. */
async function knowNeighbours(
  node: Namespace,
  nodeInterface: string,
  other: Namespace,
  addresses: readonly string[],
): Promise<void> {
  const [link] = JSON.parse(await other.output('ip', ['-j', 'link', 'show', 'eth0'])) as [{ readonly address: string }]
  await batch(
    node,
    addresses.map((address) => `neigh replace ${address} lladdr ${link.address} dev ${nodeInterface} nud permanent`),
  )
}

/** The packet tool sees what arrives before this drops it; an answer would make a flow of two directions of it. */
async function silence(namespace: Namespace): Promise<void> {
  const rules = 'table inet silence { chain everything { type filter hook prerouting priority -500; policy drop; }; }'
  await namespace.output('nft', ['-f', '-'], { input: rules })
}
