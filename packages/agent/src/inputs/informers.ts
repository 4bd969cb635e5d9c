import {
  affinityLabels,
  BGPConfiguration,
  BGPPeer,
  BlockAffinity,
  ClusterInformation,
  createInformer,
  FelixConfiguration,
  hostnameHash,
  type Informer,
  IPAMConfiguration,
  IPPool,
  type KubernetesClient,
  type KubernetesObject,
  type Logger,
  type Namespace,
  type Node,
  namespaces,
  nodes,
  type Pod,
  pods,
  type Resource,
  resourceOf,
  withDefaults,
} from '@manx/api'

/** A node, down to what routing needs: thousands of them are kept, and each reports its health every few seconds. */
export type NodeFacts = Pick<Node, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly internalIps: readonly string[]
  /** Condition NetworkUnavailable is False: a Node that was deleted and made again has none. */
  readonly networkAvailable: boolean
}

/** A pod of this node, down to what ADD needs. */
export interface OwnPod {
  readonly uid: string
  readonly annotations: Readonly<Record<string, string>>
}

export interface NamespaceFacts {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** All that the agent watches. Every kind is watched once, whoever needs it. */
export interface Informers {
  readonly nodes: Informer<NodeFacts>
  readonly pods: Informer<OwnPod>
  readonly namespaces: Informer<NamespaceFacts>
  readonly ipPools: Informer<IPPool>
  readonly bgpConfigurations: Informer<BGPConfiguration>
  readonly bgpPeers: Informer<BGPPeer>
  readonly blockAffinities: Informer<BlockAffinity>
  readonly felixConfigurations: Informer<FelixConfiguration>
  readonly ipamConfigurations: Informer<IPAMConfiguration>
  readonly clusterInformations: Informer<ClusterInformation>
}

export function createInformers(client: KubernetesClient, node: string, logger: Logger): Informers {
  const all = <T extends KubernetesObject>(resource: Resource<T>) => createInformer(client, resource, { logger })
  return {
    nodes: createInformer(client, nodes, { logger, project: nodeFacts }),
    pods: createInformer(client, pods, { logger, fieldSelector: `spec.nodeName=${node}`, project: ownPod }),
    namespaces: createInformer(client, namespaces, { logger, project: namespaceFacts }),
    // With defaults, so that no reader forgets one.
    ipPools: createInformer(client, resourceOf(IPPool), {
      logger,
      project: (pool) => withDefaults(IPPool, pool) as IPPool,
    }),
    bgpConfigurations: all(resourceOf(BGPConfiguration)),
    bgpPeers: all(resourceOf(BGPPeer)),
    // Every node has some, and this node's are all that it needs to know.
    blockAffinities: createInformer(client, resourceOf(BlockAffinity), {
      logger,
      labelSelector: `${affinityLabels.hostnameHash}=${hostnameHash(node)}`,
    }),
    felixConfigurations: all(resourceOf(FelixConfiguration)),
    ipamConfigurations: all(resourceOf(IPAMConfiguration)),
    clusterInformations: all(resourceOf(ClusterInformation)),
  }
}

/** Only annotations that somebody here reads. */
const readAnnotation = /^(projectcalico\.org|cni\.projectcalico\.org|kubernetes\.io\/config\.mirror)/

export function nodeFacts({ apiVersion, kind, metadata, status }: Node): NodeFacts {
  const { name, uid, labels = {} } = metadata
  const addresses = status?.addresses ?? []
  return {
    apiVersion,
    kind,
    metadata: { name, labels, annotations: annotationsOf(metadata), ...(uid === undefined ? {} : { uid }) },
    networkAvailable: (status?.conditions ?? []).some(
      (condition) => condition.type === 'NetworkUnavailable' && condition.status === 'False',
    ),
    internalIps: addresses.flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : [])),
  }
}

export function ownPod({ metadata }: Pick<Pod, 'metadata'>): OwnPod {
  return { uid: metadata.uid ?? '', annotations: annotationsOf(metadata) }
}

export function namespaceFacts({ metadata }: Pick<Namespace, 'metadata'>): NamespaceFacts {
  return { labels: metadata.labels ?? {}, annotations: annotationsOf(metadata) }
}

function annotationsOf({ annotations = {} }: Node['metadata']): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => readAnnotation.test(name)))
}
