import { type Address, formatAddress, parseAddress } from '../addresses/address.ts'
import { formatPrefix, hostPrefix, parsePrefix } from '../addresses/prefix.ts'
import type { Issue } from '../kind.ts'
import type { KubernetesObject } from '../metadata.ts'
import { endpointLabels } from '../policy/endpoint-labels.ts'
import { podEndpoint } from '../policy/pod-endpoint.ts'
import { namespaceProfileName, serviceAccountProfileName } from './calico-profile.ts'
import type { ContainerPort, Pod } from './kinds.ts'
import { readAnnotation, readJsonAnnotation, textsOf } from './read-annotation.ts'
import { interfaceName, workloadEndpointName } from './workload-endpoint.ts'

/** Calico's WorkloadEndpoint (`projectcalico.org/v3`), which is not stored: it follows from a pod that is on a node. */
export interface CalicoWorkloadEndpoint extends KubernetesObject {
  readonly apiVersion: 'projectcalico.org/v3'
  readonly kind: 'WorkloadEndpoint'
  readonly spec: {
    readonly orchestrator: 'k8s'
    readonly node: string
    readonly pod: string
    readonly endpoint: string
    readonly containerID?: string
    readonly serviceAccountName?: string
    readonly interfaceName: string
    /** In this order. */
    readonly profiles: readonly string[]
    /** Each a /32 or /128; absent until addresses are known. */
    readonly ipNetworks?: readonly string[]
    /** Floating addresses and what is behind them. */
    readonly ipNATs?: readonly { readonly internalIP: string; readonly externalIP: string }[]
    readonly ports?: readonly WorkloadEndpointPort[]
    readonly allowSpoofedSourcePrefixes?: readonly string[]
  }
}

export interface WorkloadEndpointPort {
  readonly name?: string
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly port: number
  readonly hostPort?: number
}

export interface ConvertedWorkloadEndpoint {
  /** Undefined when the pod has none: not on a node yet, on the host's network, or ended. */
  readonly endpoint: CalicoWorkloadEndpoint | undefined
  /** Annotations that cannot be read; they are taken for absent. */
  readonly issues: readonly Issue[]
}

export interface WorkloadEndpointOptions {
  /** `interfacePrefix` of the FelixConfiguration. */
  readonly interfacePrefix?: string
}

const annotations = {
  containerId: 'cni.projectcalico.org/containerID',
  floatingIPs: 'cni.projectcalico.org/floatingIPs',
  allowedSourcePrefixes: 'cni.projectcalico.org/allowedSourcePrefixes',
} as const

const podInterface = 'eth0'

/** A pod as Calico's tools know it. Addresses are those of the status, as for policies (see `podEndpoint`). */
export function podToWorkloadEndpoint(
  pod: Pod,
  { interfacePrefix }: WorkloadEndpointOptions = {},
): ConvertedWorkloadEndpoint {
  const issues: Issue[] = []
  const policyView = podEndpoint(pod)
  const node = pod.spec?.nodeName ?? ''
  if (policyView === undefined || node === '') return { endpoint: undefined, issues }
  const { namespace, name, addresses, serviceAccount } = policyView
  const ipNATs = floatingAddresses(pod, addresses, issues)
  const spoofed = allowedSources(pod, issues)
  const ports = portsOf(pod)
  const containerID = readAnnotation(pod.metadata, annotations.containerId)
  const { uid, resourceVersion, creationTimestamp, generateName } = pod.metadata
  const endpoint: CalicoWorkloadEndpoint = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'WorkloadEndpoint',
    metadata: {
      name: workloadEndpointName(node, name, podInterface),
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      ...(generateName === undefined ? {} : { generateName }),
      labels: endpointLabels(policyView),
    },
    spec: {
      orchestrator: 'k8s',
      node,
      pod: name,
      endpoint: podInterface,
      ...(containerID === undefined ? {} : { containerID }),
      ...(serviceAccount === '' ? {} : { serviceAccountName: serviceAccount }),
      interfaceName: interfaceName(namespace, name, interfacePrefix),
      profiles: [
        namespaceProfileName(namespace),
        ...(serviceAccount === '' ? [] : [serviceAccountProfileName(namespace, serviceAccount)]),
      ],
      ...(addresses.length === 0 ? {} : { ipNetworks: addresses.flatMap(hostNetwork) }),
      ...(ipNATs.length === 0 ? {} : { ipNATs }),
      ...(ports.length === 0 ? {} : { ports }),
      ...(spoofed.length === 0 ? {} : { allowSpoofedSourcePrefixes: spoofed }),
    },
  }
  return { endpoint, issues }
}

function hostNetwork(text: string): string[] {
  const address = parseAddress(text)
  return address === undefined ? [] : [formatPrefix(hostPrefix(address))]
}

/** Ports that somebody can ask for: by name, or on the host. */
function portsOf({ spec }: Pod): WorkloadEndpointPort[] {
  const restartable = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  const ports = [...(spec?.containers ?? []), ...restartable].flatMap((container) => container.ports ?? [])
  return ports.filter(({ name, hostPort }) => name !== undefined || hostPort !== undefined).map(portOf)
}

function portOf({ name, protocol = 'TCP', containerPort, hostPort }: ContainerPort): WorkloadEndpointPort {
  return {
    ...(name === undefined ? {} : { name }),
    protocol,
    port: containerPort,
    ...(hostPort === undefined ? {} : { hostPort }),
  }
}

function floatingAddresses(
  { metadata }: Pod,
  addresses: readonly string[],
  issues: Issue[],
): { readonly internalIP: string; readonly externalIP: string }[] {
  const floating = listOf(metadata, annotations.floatingIPs, parseAddress, 'addresses', issues)
  const own = addresses.map((text) => parseAddress(text)).filter((address) => address !== undefined)
  return floating.flatMap((external: Address) => {
    const internal = own.find(({ family }) => family === external.family)
    if (internal === undefined) return []
    return [{ internalIP: formatAddress(internal), externalIP: formatAddress(external) }]
  })
}

function allowedSources({ metadata }: Pod, issues: Issue[]): string[] {
  return listOf(metadata, annotations.allowedSourcePrefixes, parsePrefix, 'CIDRs', issues).map(formatPrefix)
}

/** What a JSON list of texts in an annotation says; none of it, and an issue, when a part of it cannot be read. */
function listOf<T>(
  metadata: Pod['metadata'],
  name: string,
  parse: (text: string) => T | undefined,
  what: string,
  issues: Issue[],
): T[] {
  const value = readJsonAnnotation(metadata, name)
  if (value === undefined) return []
  const read = textsOf(value)?.map((text) => parse(text))
  const known = (read ?? []).filter((one) => one !== undefined)
  if (read !== undefined && known.length === read.length) return known
  const text = readAnnotation(metadata, name)
  issues.push({ path: `metadata.annotations[${name}]`, value: text, message: `must be a JSON list of ${what}` })
  return []
}
