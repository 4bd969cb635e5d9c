import { interfaceName } from '@manx/api'
import { connect, createNamespace, type Namespace, output } from '@manx/testbed'
import { here } from '../../workload/world.ts'

export interface BenchPod {
  readonly name: string
  readonly app: string
  readonly address: string
  readonly namespace: Namespace
  /** The node's end of its veth. */
  readonly link: string
}

export interface RoutingNode {
  readonly name: string
  readonly namespace: Namespace
  readonly pods: readonly BenchPod[]
}

/** Two nodes side by side; a client on the first, a server on each. */
export interface Topology extends AsyncDisposable {
  readonly nodes: readonly [RoutingNode, RoutingNode]
  readonly client: BenchPod
  readonly sameNode: BenchPod
  readonly otherNode: BenchPod
}

const hostMac = 'ee:ee:ee:ee:ee:ee'

/** Makes namespaces and veths as the agent makes them. Routes into pods are left to whoever owns them. */
export async function makeTopology(): Promise<Topology> {
  await using undo = new AsyncDisposableStack()
  const make = async (purpose: string) => undo.use(await createNamespace(purpose))
  const first = await make('load-node')
  const second = await make('load-node')
  await connect(
    { namespace: first, interface: 'eth0', addresses: ['192.0.2.1/24'] },
    { namespace: second, interface: 'eth0', addresses: ['192.0.2.2/24'] },
  )
  const addPod = async (node: Namespace, name: string, app: string, address: string): Promise<BenchPod> => {
    const namespace = await make('load-pod')
    const link = interfaceName(here, name)
    await connect({ namespace: node, interface: link }, { namespace, interface: 'eth0', addresses: [`${address}/32`] })
    await batch(node, [`link set ${link} address ${hostMac}`])
    await batch(namespace, [
      'route add 169.254.1.1 dev eth0 scope link',
      'route add default via 169.254.1.1 dev eth0',
      `neigh replace 169.254.1.1 lladdr ${hostMac} dev eth0 nud permanent`,
    ])
    return { name, app, address, namespace, link }
  }
  const client = await addPod(first, 'client', 'client', '10.60.1.1')
  const sameNode = await addPod(first, 'server-1', 'server', '10.60.1.2')
  const bystander = await addPod(first, 'bystander-1', 'bystander', '10.60.1.3')
  const otherNode = await addPod(second, 'server-2', 'server', '10.60.2.2')
  const otherBystander = await addPod(second, 'bystander-2', 'bystander', '10.60.2.3')
  await batch(first, ['route add 10.60.2.0/24 via 192.0.2.2'])
  await batch(second, ['route add 10.60.1.0/24 via 192.0.2.1'])
  for (const node of [first, second]) await node.output('sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
  const done = undo.move()
  return {
    nodes: [
      { name: 'node-1', namespace: first, pods: [client, sameNode, bystander] },
      { name: 'node-2', namespace: second, pods: [otherNode, otherBystander] },
    ],
    client,
    sameNode,
    otherNode,
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** Runs lines of `ip` in one process. */
export async function batch(namespace: Namespace, lines: readonly string[]): Promise<void> {
  await output('ip', ['-batch', '-'], { namespace: namespace.name, input: `${lines.join('\n')}\n` })
}
