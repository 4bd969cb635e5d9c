import type { Condition, KubernetesObject } from '../metadata.ts'
import type { Resource } from '../resource.ts'

/** The fields of Kubernetes' own kinds that Manx reads, as they are in JSON. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string
    readonly hostNetwork?: boolean
    readonly serviceAccountName?: string
    readonly nodeSelector?: Readonly<Record<string, string>>
    readonly containers?: readonly Container[]
    readonly initContainers?: readonly Container[]
    readonly tolerations?: readonly unknown[]
    readonly terminationGracePeriodSeconds?: number
  }
  readonly status?: {
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    readonly reason?: string
    readonly podIP?: string
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly hostIP?: string
    readonly hostIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly PodCondition[]
    readonly containerStatuses?: readonly {
      readonly name: string
      readonly ready: boolean
      readonly restartCount: number
    }[]
  }
}

export interface Container {
  readonly name: string
  readonly image?: string
  readonly ports?: readonly ContainerPort[]
  /** Of init containers: with Always they run beside the others. */
  readonly restartPolicy?: 'Always'
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
  readonly hostPort?: number
}

export interface PodCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
}

export interface Node extends KubernetesObject {
  readonly spec?: {
    readonly podCIDR?: string
    readonly podCIDRs?: readonly string[]
    readonly providerID?: string
    readonly unschedulable?: boolean
    readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[]
  }
  readonly status?: {
    readonly addresses?: readonly NodeAddress[]
    readonly conditions?: readonly NodeCondition[]
    readonly nodeInfo?: { readonly kubeletVersion?: string; readonly kernelVersion?: string; readonly osImage?: string }
  }
}

export interface NodeAddress {
  readonly type: 'InternalIP' | 'ExternalIP' | 'Hostname' | 'InternalDNS' | 'ExternalDNS' | (string & {})
  readonly address: string
}

export interface NodeCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastHeartbeatTime?: string
  readonly lastTransitionTime?: string
}

export interface Namespace extends KubernetesObject {
  readonly status?: { readonly phase?: 'Active' | 'Terminating' }
}

/** Nothing of it but the metadata is read. */
export type ServiceAccount = KubernetesObject

/** Nothing of it but the metadata is read. */
export type DaemonSet = KubernetesObject

export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName'
    readonly clusterIP?: string
    readonly clusterIPs?: readonly string[]
    readonly externalIPs?: readonly string[]
    readonly loadBalancerIP?: string
    readonly loadBalancerClass?: string
    readonly externalTrafficPolicy?: 'Cluster' | 'Local'
    readonly internalTrafficPolicy?: 'Cluster' | 'Local'
    readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[]
    readonly selector?: Readonly<Record<string, string>>
    readonly ports?: readonly ServicePort[]
  }
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] }
    readonly conditions?: readonly Condition[]
  }
}

export interface ServicePort {
  readonly name?: string
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
  readonly port: number
  readonly targetPort?: number | string
  readonly nodePort?: number
}

export interface EndpointSlice extends KubernetesObject {
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN'
  readonly endpoints?: readonly {
    readonly addresses: readonly string[]
    readonly nodeName?: string
    readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
    readonly targetRef?: {
      readonly kind?: string
      readonly namespace?: string
      readonly name?: string
      readonly uid?: string
    }
  }[]
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[]
}

export interface Secret extends KubernetesObject {
  readonly type?: string
  /** Values are base64. */
  readonly data?: Readonly<Record<string, string>>
}

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>
}

export interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** An event of the group events.k8s.io. */
export interface Event extends KubernetesObject {
  readonly eventTime?: string
  readonly reportingController?: string
  readonly reportingInstance?: string
  readonly action?: string
  readonly reason?: string
  readonly type?: 'Normal' | 'Warning'
  readonly note?: string
  readonly regarding?: ObjectReference
  readonly related?: ObjectReference
  readonly series?: { readonly count: number; readonly lastObservedTime: string }
}

export interface ObjectReference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly fieldPath?: string
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'
    readonly values?: readonly string[]
  }[]
}

export interface NetworkPolicyPort {
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP'
  readonly port?: number | string
  readonly endPort?: number
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector
  readonly namespaceSelector?: LabelSelector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export interface NetworkPolicy extends KubernetesObject {
  readonly spec?: {
    readonly podSelector?: LabelSelector
    readonly policyTypes?: readonly ('Ingress' | 'Egress')[]
    readonly ingress?: readonly {
      readonly ports?: readonly NetworkPolicyPort[]
      readonly from?: readonly NetworkPolicyPeer[]
    }[]
    readonly egress?: readonly {
      readonly ports?: readonly NetworkPolicyPort[]
      readonly to?: readonly NetworkPolicyPeer[]
    }[]
  }
}

/** `policy.networking.k8s.io/v1alpha2`, which is not part of Kubernetes itself: its CRD may be missing. */
export interface ClusterNetworkPolicy extends KubernetesObject {
  readonly spec?: {
    readonly tier?: 'Admin' | 'Baseline'
    readonly priority?: number
    readonly subject?: {
      readonly namespaces?: LabelSelector
      readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector }
    }
    /** See `clusterNetworkPolicyToPolicy`, which reads them whatever they are. */
    readonly ingress?: readonly unknown[]
    readonly egress?: readonly unknown[]
  }
}

const core = (kind: string, plural: string, namespaced: boolean) => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced,
})

export const pods: Resource<Pod> = core('Pod', 'pods', true)
export const nodes: Resource<Node> = core('Node', 'nodes', false)
export const namespaces: Resource<Namespace> = core('Namespace', 'namespaces', false)
export const serviceAccounts: Resource<ServiceAccount> = core('ServiceAccount', 'serviceaccounts', true)
export const services: Resource<Service> = core('Service', 'services', true)
export const secrets: Resource<Secret> = core('Secret', 'secrets', true)
export const configMaps: Resource<ConfigMap> = core('ConfigMap', 'configmaps', true)
export const daemonSets: Resource<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
}
export const endpointSlices: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
}
export const leases: Resource<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
}
export const events: Resource<Event> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
}
export const networkPolicies: Resource<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
}
export const clusterNetworkPolicies: Resource<ClusterNetworkPolicy> = {
  group: 'policy.networking.k8s.io',
  version: 'v1alpha2',
  kind: 'ClusterNetworkPolicy',
  plural: 'clusternetworkpolicies',
  namespaced: false,
}
