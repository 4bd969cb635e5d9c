import { formatAddress } from '../addresses/address.ts'
import type { KubernetesObject, ObjectMeta } from '../metadata.ts'
import { isObject } from '../schema/validate.ts'
import type { Node } from './kinds.ts'
import {
  type NodeBgpAddress,
  nodeAsNumber,
  nodeBgpAddresses,
  nodeInterfaces,
  nodeRouteReflectorClusterId,
} from './node-annotations.ts'
import { readJsonAnnotation } from './read-annotation.ts'

/** Calico's Node (`projectcalico.org/v3`), which is not stored: it is Kubernetes' Node with annotations. */
export interface CalicoNode extends KubernetesObject {
  readonly apiVersion: 'projectcalico.org/v3'
  readonly kind: 'Node'
  readonly spec: {
    readonly addresses?: readonly { readonly address: string; readonly type: string }[]
    /** Absent when the node does not speak BGP. */
    readonly bgp?: CalicoNodeBgp
    readonly interfaces?: readonly { readonly name: string; readonly addresses: readonly string[] }[]
    readonly orchRefs: readonly { readonly nodeName: string; readonly orchestrator: string }[]
  }
  readonly status?: { readonly podCIDRs: readonly string[] }
}

export interface CalicoNodeBgp {
  /** Absent: that of the BGPConfiguration. */
  readonly asNumber?: number
  /** With the length of the node's network. */
  readonly ipv4Address?: string
  readonly ipv6Address?: string
  readonly routeReflectorClusterID?: string
}

/** In these, Calico keeps what its Node has beside Kubernetes' one. */
const kept = {
  labels: 'projectcalico.org/labels',
  annotations: 'projectcalico.org/annotations',
  kubeLabels: 'projectcalico.org/kube-labels',
} as const

/**
 * A node as Calico's tools know it. What is malformed is absent; `checkNodeAnnotations` names it. Labels are Kubernetes' and, of
 * those that it lacks, Calico's own.
 */
export function nodeToCalicoNode(node: Node): CalicoNode {
  const bgp = bgpOf(node)
  const addresses = [
    ...[bgp.ipv4Address, bgp.ipv6Address]
      .filter((address) => address !== undefined)
      .map((address) => ({ address, type: 'CalicoNodeIP' })),
    ...(node.status?.addresses ?? [])
      .filter(({ type }) => type === 'InternalIP' || type === 'ExternalIP')
      .map(({ address, type }) => ({ address, type })),
  ]
  const interfaces = nodeInterfaces(node)
  const podCIDRs = node.spec?.podCIDRs ?? (node.spec?.podCIDR === undefined ? [] : [node.spec.podCIDR])
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Node',
    metadata: metadataOf(node.metadata),
    spec: {
      ...(addresses.length === 0 ? {} : { addresses }),
      ...(Object.keys(bgp).length === 0 ? {} : { bgp }),
      ...(interfaces === undefined || interfaces.length === 0 ? {} : { interfaces }),
      orchRefs: [{ nodeName: node.metadata.name, orchestrator: 'k8s' }],
    },
    ...(podCIDRs.length === 0 ? {} : { status: { podCIDRs } }),
  }
}

function bgpOf(node: Node): CalicoNodeBgp {
  const asNumber = nodeAsNumber(node)
  const { v4, v6 } = nodeBgpAddresses(node)
  const clusterId = nodeRouteReflectorClusterId(node)
  const text = ({ address, length }: NodeBgpAddress) => `${formatAddress(address)}/${length}`
  return {
    ...(asNumber === undefined ? {} : { asNumber }),
    ...(v4 === undefined ? {} : { ipv4Address: text(v4) }),
    ...(v6 === undefined ? {} : { ipv6Address: text(v6) }),
    ...(clusterId === undefined ? {} : { routeReflectorClusterID: clusterId }),
  }
}

function metadataOf({ labels, annotations, ...metadata }: ObjectMeta): ObjectMeta {
  const allLabels = { ...textMap(readJsonAnnotation({ annotations }, kept.labels)), ...labels }
  const others = Object.entries(annotations ?? {}).filter(([name]) => !Object.values<string>(kept).includes(name))
  const allAnnotations = {
    ...Object.fromEntries(others),
    ...textMap(readJsonAnnotation({ annotations }, kept.annotations)),
  }
  return {
    ...metadata,
    ...(Object.keys(allLabels).length === 0 ? {} : { labels: allLabels }),
    ...(Object.keys(allAnnotations).length === 0 ? {} : { annotations: allAnnotations }),
  }
}

function textMap(value: unknown): Record<string, string> {
  const entries = isObject(value) ? Object.entries(value) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
