import { interfaceName as hostInterfaceName, type WorkloadEndpoint } from '@manx/api'
import type { CniPorts, PodFacts } from '../ports.ts'
import { CniError, messageOf } from '../spec/cni-error.ts'
import type { CniEnvironment } from '../spec/environment.ts'
import type { NetworkConfig } from '../spec/network-config.ts'
import { type PodArgs, requirePodArgs } from '../spec/pod-args.ts'
import type { CniResult } from '../spec/result.ts'
import { addressIntent } from './address-intent.ts'
import type { Attachment } from './attachment.ts'
import type { Detacher } from './detach.ts'
import type { Journal } from './journal.ts'
import { gateways, hostMac, type Plumbing, type PodLink, randomMac } from './plumbing.ts'

export interface AddContext {
  readonly ports: CniPorts
  readonly journal: Journal
  readonly plumbing: Plumbing
  readonly detacher: Detacher
  readonly now: () => number
}

/** Connects a container. Whatever fails, and whenever the agent is killed, nothing stays: the journal knows first. */
export async function add(
  context: AddContext,
  environment: CniEnvironment,
  config: NetworkConfig,
  signal: AbortSignal,
): Promise<{ readonly result: CniResult; readonly attachment: Attachment }> {
  const { ports, journal, plumbing, detacher } = context
  const readiness = ports.readiness()
  if (!readiness.ready) throw new CniError('tryAgainLater', `node not ready: ${readiness.reason}`)
  if (config.prevResult !== undefined) {
    throw new CniError('invalidConfig', 'prevResult is set: manx must be the first plugin of the list')
  }
  const args = requirePodArgs(environment.args)
  const namespace = environment.namespace ?? ''
  plumbing.checkNamespace(namespace)
  await clearEarlierTry(context, environment, namespace, signal)
  const pod = await findPod(ports, args, signal)
  const settings = ports.settings(pod.namespaceLabels)
  const intent = addressIntent(config, args, pod, settings)

  const interfaceName = hostInterfaceName(args.namespace, args.pod)
  const endpoint: WorkloadEndpoint = {
    namespace: args.namespace,
    pod: args.pod,
    podUid: pod.uid,
    node: settings.node,
    containerId: environment.containerId,
    interfaceName,
    podInterface: environment.interfaceName,
    addresses: [],
    mac: intent.mac ?? randomMac(),
    netns: namespace,
    mtu: config.mtu ?? settings.mtu,
  }
  const pending: Attachment = {
    containerId: environment.containerId,
    interfaceName: environment.interfaceName,
    network: config.name,
    handle: `${config.name}.${environment.containerId}`,
    state: 'pending',
    // Later than all that had this interface, also when the clock was set back: the newest is its owner.
    createdAt: Math.max(context.now(), (journal.ownerOf(interfaceName)?.createdAt ?? 0) + 1),
    endpoint,
  }
  journal.write(pending)
  try {
    const addresses = await ports.addresses.assign({
      handle: pending.handle,
      namespace: args.namespace,
      pod: args.pod,
      families: intent.families,
      pools: intent.pools,
      addresses: intent.addresses,
      namespaceLabels: pod.namespaceLabels,
      signal,
    })
    signal.throwIfAborted()
    const attachment: Attachment = { ...pending, state: 'ready', endpoint: { ...endpoint, addresses } }
    const link = podLink(attachment.endpoint, config)
    await inKernel(plumbing.connect(link), link)
    signal.throwIfAborted()
    await ports.endpoints.add(attachment.endpoint, pod, signal)
    signal.throwIfAborted()
    journal.write(attachment)
    return { attachment, result: resultOf(link, config) }
  } catch (error) {
    await detacher.undo(pending)
    throw error
  }
}

/** A crashed try of this very container is cleared; a finished one is an error, as the specification has it. */
async function clearEarlierTry(
  context: AddContext,
  environment: CniEnvironment,
  namespace: string,
  signal: AbortSignal,
): Promise<void> {
  const { journal, plumbing, detacher } = context
  const earlier = journal.get(environment)
  const present = await plumbing.podLinkExists(namespace, environment.interfaceName)
  if (earlier !== undefined && !(present && earlier.state === 'ready')) {
    await detacher.detach(earlier, namespace, signal)
  } else if (present) {
    throw new CniError('interfaceExists', `${environment.interfaceName} exists already in ${namespace}`, {
      details: 'DEL it first',
    })
  }
}

async function findPod(ports: CniPorts, args: PodArgs, signal: AbortSignal): Promise<PodFacts> {
  const name = `${args.namespace}/${args.pod}`
  const pod = await ports.pods.find({ namespace: args.namespace, name: args.pod, uid: args.podUid }, signal)
  if (pod === undefined) throw new CniError('tryAgainLater', `pod ${name} is not known to the API server`)
  const mirrorOf = pod.annotations['kubernetes.io/config.mirror']
  if (args.podUid !== undefined && pod.uid !== args.podUid && mirrorOf !== args.podUid) {
    throw new CniError('podRefused', `pod ${name} was replaced: it is ${pod.uid} now, not ${args.podUid}`)
  }
  return pod
}

function podLink(endpoint: WorkloadEndpoint, config: NetworkConfig): PodLink {
  return {
    hostInterface: endpoint.interfaceName,
    podInterface: endpoint.podInterface,
    namespace: endpoint.netns ?? '',
    addresses: endpoint.addresses,
    mac: endpoint.mac ?? randomMac(),
    mtu: endpoint.mtu ?? 1500,
    defaultRoutes: config.defaultRoutes,
    allowIpForwarding: config.allowIpForwarding,
  }
}

async function inKernel(work: Promise<void>, link: PodLink): Promise<void> {
  try {
    await work
  } catch (error) {
    throw new CniError('kernel', `cannot connect ${link.podInterface} in ${link.namespace} to ${link.hostInterface}`, {
      details: messageOf(error),
      cause: error,
    })
  }
}

/** Interface 0 is the host's end, 1 the pod's; addresses belong to the pod's. */
function resultOf(link: PodLink, config: NetworkConfig): CniResult {
  const families = [4, 6] as const
  const has = (family: 4 | 6) => link.addresses.some((address) => address.includes(':') === (family === 6))
  return {
    interfaces: [
      { name: link.hostInterface, mac: hostMac, mtu: link.mtu },
      { name: link.podInterface, mac: link.mac, mtu: link.mtu, sandbox: link.namespace },
    ],
    ips: link.addresses.map((address) => {
      const family = address.includes(':') ? 6 : 4
      return { address: `${address}/${family === 6 ? 128 : 32}`, gateway: gateways[family], interface: 1 }
    }),
    routes: link.defaultRoutes
      ? families.filter(has).map((family) => ({ dst: family === 4 ? '0.0.0.0/0' : '::/0', gw: gateways[family] }))
      : [],
    dns: config.dns,
  }
}
