import {
  affinityLabels,
  BGPConfiguration,
  BGPPeer,
  BlockAffinity,
  ClusterInformation,
  createInformer,
  createSharedContact,
  describeResource,
  FelixConfiguration,
  hostnameHash,
  type Informer,
  type InformerOptions,
  IPAMConfiguration,
  IPPool,
  type KubernetesClient,
  type KubernetesObject,
  type Logger,
  namespaceMessage,
  namespaces,
  networkPolicies,
  networkPolicyMessage,
  nodeMessage,
  nodes,
  podMessage,
  pods,
  type Resource,
  resourceOf,
  serviceAccountMessage,
  serviceAccounts,
  withDefaults,
} from '@manx/api'
import type { Rejections } from '../rejections/rejections.ts'
import {
  type AccountFacts,
  accountFacts,
  type NamespaceFacts,
  type NodeFacts,
  namespaceFacts,
  nodeFacts,
  type PodFacts,
  type PolicyFacts,
  podFacts,
  policyFacts,
} from './facts.ts'
import type { KnownBgp } from './last-known-good.ts'

/** All that the agent watches. Every kind is watched once, whoever needs it. */
export interface Informers {
  readonly nodes: Informer<NodeFacts>
  /** All of the cluster but those on the host's network and those that have ended. */
  readonly pods: Informer<PodFacts>
  readonly namespaces: Informer<NamespaceFacts>
  readonly serviceAccounts: Informer<AccountFacts>
  readonly networkPolicies: Informer<PolicyFacts>
  readonly ipPools: Informer<IPPool>
  readonly bgpConfigurations: Informer<BGPConfiguration>
  readonly bgpPeers: Informer<BGPPeer>
  readonly blockAffinities: Informer<BlockAffinity>
  readonly felixConfigurations: Informer<FelixConfiguration>
  readonly ipamConfigurations: Informer<IPAMConfiguration>
  readonly clusterInformations: Informer<ClusterInformation>
}

export interface InformersOptions {
  readonly client: KubernetesClient
  readonly node: string
  readonly logger: Logger
  /** Told of objects that are none of their kind. */
  readonly rejections: Pick<Rejections, 'listener'>
  /** What was in force when an agent ran here before. */
  readonly before?: KnownBgp | undefined
}

/** What policy can have to do with, said to the API server so that the rest is not even sent. */
const podsOfPolicy = 'spec.hostNetwork=false,status.phase!=Succeeded,status.phase!=Failed'

/**
 * What a BGPConfiguration goes on without when no valid value was ever seen, because no session depends on it. Without the whole
 * object, all nodes would change their AS number and begin a mesh.
 */
const besideSessions = [
  'communities',
  'prefixAdvertisements',
  'serviceClusterIPs',
  'serviceExternalIPs',
  'serviceLoadBalancerIPs',
  'serviceLoadBalancerAggregation',
  'ignoredInterfaces',
  'logSeverityScreen',
  'localWorkloadPeeringIPV4',
  'localWorkloadPeeringIPV6',
  'programClusterRoutes',
  'ipv4NormalRoutePriority',
  'ipv6NormalRoutePriority',
]

export function createInformers({ client, node, logger, rejections, before }: InformersOptions): Informers {
  const contact = createSharedContact()
  const make = <T extends KubernetesObject, P = T>(
    resource: Resource<T>,
    options: Omit<InformerOptions<T, P>, 'logger' | 'onMalformed' | 'contact'> = {},
  ) => {
    const onMalformed = rejections.listener(describeResource(resource))
    return createInformer<T, P>(client, resource, { ...options, logger, onMalformed, contact })
  }
  return {
    nodes: make(nodes, { message: nodeMessage, project: nodeFacts }),
    pods: make(pods, { message: podMessage, fieldSelector: podsOfPolicy, project: (pod) => podFacts(pod, node) }),
    namespaces: make(namespaces, { message: namespaceMessage, project: namespaceFacts }),
    serviceAccounts: make(serviceAccounts, { message: serviceAccountMessage, project: accountFacts }),
    networkPolicies: make(networkPolicies, { message: networkPolicyMessage, project: policyFacts }),
    // With defaults, so that no reader forgets one.
    ipPools: make(resourceOf(IPPool), {
      project: (pool) => withDefaults(IPPool, pool) as IPPool,
      // The defaults of other fields would open a pool to nodes, pods or peers that it was not meant for.
      salvage: { specOf: ({ spec }) => spec, defaults: ['natOutgoing'] },
    }),
    bgpConfigurations: make(resourceOf(BGPConfiguration), {
      salvage: { specOf: ({ spec }) => spec, before: specIn(before?.bgpConfigurations), defaults: besideSessions },
    }),
    bgpPeers: make(resourceOf(BGPPeer), {
      // Without one of its fields it would be another session, or one of more nodes.
      salvage: { specOf: ({ spec }) => spec, before: specIn(before?.bgpPeers), defaults: [], asWhole: true },
    }),
    // Every node has some, and this node's are all that it needs to know.
    blockAffinities: make(resourceOf(BlockAffinity), {
      labelSelector: `${affinityLabels.hostnameHash}=${hostnameHash(node)}`,
    }),
    felixConfigurations: make(resourceOf(FelixConfiguration), {
      salvage: { specOf: ({ spec }) => spec, defaults: 'all' },
    }),
    ipamConfigurations: make(resourceOf(IPAMConfiguration)),
    clusterInformations: make(resourceOf(ClusterInformation)),
  }
}

/** The spec of this very object among those that were known. */
function specIn(known: KnownBgp[keyof KnownBgp] = []): (object: KubernetesObject) => object | undefined {
  return ({ metadata: { name, uid } }) =>
    known.find(({ metadata }) => metadata.name === name && metadata.uid === uid)?.spec
}

/** Kinds that say nothing about what a pod is allowed. */
const besidePolicy: ReadonlySet<keyof Informers> = new Set([
  'nodes',
  'ipPools',
  'bgpConfigurations',
  'bgpPeers',
  'blockAffinities',
  'felixConfigurations',
  'ipamConfigurations',
  'clusterInformations',
])

/** What policy is calculated from: while one of them may miss changes, nobody can say what a new pod is allowed. */
export function policyInputs(informers: Informers): readonly Informer<unknown>[] {
  const all = Object.entries(informers) as readonly (readonly [keyof Informers, Informer<unknown>])[]
  return all.flatMap(([name, informer]) => (besidePolicy.has(name) ? [] : [informer]))
}
