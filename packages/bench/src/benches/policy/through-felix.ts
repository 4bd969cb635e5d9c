import {
  interfaceName,
  keyOf,
  type NetworkPolicy,
  networkPolicyToPolicy,
  type Pod,
  podEndpoint,
  policyKey,
  silentLogger,
  type WorkloadEndpoint,
} from '@manx/api'
import { createFelix, type Felix } from '@manx/felix'
import { connect, createNamespace, type Namespace, output } from '@manx/testbed'
import { monotonic } from '../../measure.ts'
import { startProber } from '../../native/prober.ts'
import { here, type Named, nodeOfBench, type World } from '../../workload/world.ts'
import { broadPolicy, type Changer, client, clientAddress, clientPod, onePolicy, server, serverPod } from './probe.ts'
import { type ChangeTimes, timeChanges } from './time-changes.ts'

const serverAddress = '10.60.255.1'

/** Times changes from the moment on at which felix is told: what is left without the API server and the watch. */
export async function throughFelix(
  world: World,
  rounds: number,
  progress: (text: string) => void,
): Promise<ChangeTimes> {
  await using undo = new AsyncDisposableStack()
  const [node, outside, pod] = [
    undo.use(await createNamespace('felix-node')),
    undo.use(await createNamespace('felix-out')),
    undo.use(await createNamespace('felix-pod')),
  ]
  const addresses = new Map(
    world.localPods.map(({ metadata }, index) => [metadata.name, `10.60.${index >> 8}.${index & 255}`]),
  )
  await plumb(node, outside, pod, [...addresses.keys()])
  const stop = new AbortController()
  const felix = createFelix({
    node: nodeOfBench,
    logger: silentLogger,
    namespace: node.path,
    environment: { FELIX_DEFAULTENDPOINTTOHOSTACTION: 'Accept' },
  })
  await felix.start(stop.signal)
  undo.defer(async () => {
    stop.abort()
    await felix.stopped
  })
  for (const { metadata } of world.namespaces) felix.setNamespace(metadata.name, metadata.labels ?? {})
  for (const each of [...world.localPods, ...world.remotePods, serverPod, clientPod()]) setPod(felix, each)
  for (const policy of world.policies) setPolicy(felix, policy)
  felix.inSync()
  const endpoints = [...addresses].map(([name, address]) => endpointOf(name, address))
  progress(`${endpoints.length + 1} endpoints to felix`)
  await Promise.all([...endpoints, endpointOf(server.name, serverAddress)].map((each) => felix.addEndpoint(each)))
  using prober = await startProber({
    source: outside.path,
    sourceAddress: clientAddress,
    target: pod.path,
    targetAddress: serverAddress,
  })
  await prober.until('passed')
  await timeChanges(felixChanger(felix), prober, 1)
  return await timeChanges(felixChanger(felix), prober, rounds)
}

function felixChanger(felix: Felix): Changer {
  const told = (tell: () => void) => async () => {
    const began = monotonic()
    tell()
    return began
  }
  return {
    'policy created': told(() => setPolicy(felix, onePolicy)),
    'label added': told(() => setPod(felix, clientPod(client.label))),
    'label removed': told(() => setPod(felix, clientPod())),
    'policy deleted': told(() => felix.setPolicy(converted(onePolicy).key, undefined)),
    'policy for all pods created': told(() => setPolicy(felix, broadPolicy)),
    'policy for all pods deleted': told(() => felix.setPolicy(converted(broadPolicy).key, undefined)),
  }
}

function setPod(felix: Felix, pod: Named<Pod>): void {
  felix.setPod(keyOf(pod), podEndpoint({ apiVersion: 'v1', kind: 'Pod', ...pod }))
}

function setPolicy(felix: Felix, object: Named<NetworkPolicy>): void {
  const { key, policy } = converted(object)
  felix.setPolicy(key, policy)
}

function converted(object: Named<NetworkPolicy>) {
  const { policy } = networkPolicyToPolicy({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', ...object })
  if (policy === undefined) throw new Error('a policy of the bench is malformed')
  return { key: policyKey(policy), policy }
}

function endpointOf(pod: string, address: string): WorkloadEndpoint {
  return {
    namespace: here,
    pod,
    node: nodeOfBench,
    containerId: `c-${pod}`,
    interfaceName: interfaceName(here, pod),
    podInterface: 'eth0',
    addresses: [address],
  }
}

/** The pod that is probed gets a namespace; of the others felix sees the host's end alone. */
async function plumb(node: Namespace, outside: Namespace, pod: Namespace, others: readonly string[]): Promise<void> {
  const host = interfaceName(here, server.name)
  await connect(
    { namespace: node, interface: 'eth0', addresses: ['192.0.2.1/24'] },
    { namespace: outside, interface: 'eth0', addresses: ['192.0.2.2/24', `${clientAddress}/32`] },
  )
  await connect(
    { namespace: node, interface: host },
    { namespace: pod, interface: 'eth0', addresses: [`${serverAddress}/32`] },
  )
  await batch(node, [
    'route add default via 192.0.2.2',
    ...others.flatMap((name, index) => {
      const link = interfaceName(here, name)
      return [`link add ${link} type veth peer name far${index}`, `link set ${link} up`, `link set far${index} up`]
    }),
  ])
  await node.output('sysctl', ['-qw', 'net.ipv4.ip_forward=1'])
  await batch(outside, [`route add ${serverAddress} via 192.0.2.1`])
  await batch(pod, ['route add 169.254.1.1 dev eth0 scope link', 'route add default via 169.254.1.1 dev eth0'])
}

async function batch(namespace: Namespace, lines: readonly string[]): Promise<void> {
  await output('ip', ['-batch', '-'], { namespace: namespace.name, input: `${lines.join('\n')}\n` })
}
