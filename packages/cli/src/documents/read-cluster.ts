import {
  type AnyKind,
  BGPConfiguration,
  BGPFilter,
  BGPPeer,
  CalicoNetworkPolicy,
  type ClusterView,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
  IPPool,
  IPReservation,
  isApiError,
  type KubernetesClient,
  type KubernetesObject,
  messageOf,
  NetworkSet,
  namespaces,
  nodes,
  type Pod,
  pods,
  type Resource,
  resourceOf,
  StagedGlobalNetworkPolicy,
  StagedNetworkPolicy,
  serviceAccounts,
  services,
  Tier,
} from '@manx/api'

export interface ReadClusterOptions {
  /** Kinds of the documents. */
  readonly kinds: ReadonlySet<string>
  /** Also what selectors match: pods, and what lends them labels. */
  readonly endpoints: boolean
  /** Told of what cannot be read. */
  readonly warn: (text: string) => void
}

type AnyResource = Resource<KubernetesObject>

const own = (...kinds: readonly AnyKind[]) => kinds.map((kind) => resourceOf(kind) as AnyResource)
const core = (...resources: readonly Resource<never>[]) => resources as readonly AnyResource[]

const policyKinds = new Set(
  [CalicoNetworkPolicy, GlobalNetworkPolicy, StagedNetworkPolicy, StagedGlobalNetworkPolicy].map(({ kind }) => kind),
)

/** What documents of a kind are compared with. */
const beside: Readonly<Record<string, readonly AnyResource[]>> = {
  IPPool: [...own(IPPool, BGPConfiguration, IPReservation), ...core(nodes as never)],
  IPReservation: own(IPPool),
  BGPPeer: [...own(BGPPeer, BGPFilter), ...core(nodes as never)],
  BGPConfiguration: [...own(IPPool), ...core(nodes as never)],
  FelixConfiguration: [...own(FelixConfiguration), ...core(nodes as never)],
  HostEndpoint: core(nodes as never),
  Pod: own(IPPool),
  Namespace: own(IPPool),
}

/** What is in the cluster that documents of these kinds have to do with. What cannot be read counts as not known. */
export async function readCluster(client: KubernetesClient, options: ReadClusterOptions): Promise<ClusterView> {
  const wanted = new Map<string, AnyResource>()
  const want = (resources: readonly AnyResource[]) => {
    for (const resource of resources) wanted.set(`${resource.group}/${resource.kind}`, resource)
  }
  want(core(namespaces as never))
  for (const kind of options.kinds) {
    want(beside[kind] ?? [])
    if (policyKinds.has(kind)) want(own(Tier))
    if (!options.endpoints || !(policyKinds.has(kind) || kind === 'NetworkPolicy')) continue
    want(own(CalicoNetworkPolicy, GlobalNetworkPolicy, HostEndpoint, NetworkSet, GlobalNetworkSet))
    want(core(pods as never, serviceAccounts as never, services as never))
  }
  const objects: KubernetesObject[] = []
  const complete = new Set<string>()
  await Promise.all(
    [...wanted].map(async ([key, resource]) => {
      try {
        for await (const { items, restarted } of client.listPages(resource)) {
          if (restarted) throw new Error(`the list of ${resource.plural} changed too much while it was read`)
          const { group, version, kind } = resource
          const apiVersion = group === '' ? version : `${group}/${version}`
          for (const item of items) objects.push({ ...small(resource, item), apiVersion, kind })
        }
        complete.add(key)
      } catch (error) {
        // A cluster without a kind has nothing of it; one that does not let us look may have.
        if (isApiError(error, 'NotFound')) complete.add(key)
        else options.warn(`${resource.plural} were not looked at: ${messageOf(error)}`)
      }
    }),
  )
  return { objects, complete }
}

/** Clusters have many pods, and little of each is asked for. */
function small(resource: AnyResource, object: KubernetesObject): KubernetesObject {
  const { name, namespace, labels } = object.metadata
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  }
  if (resource.kind === 'ServiceAccount' || resource.kind === 'Namespace') return { ...object, metadata }
  if (resource.kind !== 'Pod') return object
  const { spec, status } = object as Pod
  const { serviceAccountName, hostNetwork, containers, initContainers } = spec ?? {}
  const kept = {
    serviceAccountName,
    hostNetwork,
    containers: containers?.map(({ ports }) => ({ name: '', ports })),
    // Those that run beside the others have ports, too.
    initContainers: initContainers?.map(({ ports, restartPolicy }) => ({ name: '', ports, restartPolicy })),
  }
  return { metadata, spec: kept, status: { phase: status?.phase } } as unknown as KubernetesObject
}
