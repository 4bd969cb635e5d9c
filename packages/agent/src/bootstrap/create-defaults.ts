import { randomUUID } from 'node:crypto'
import {
  type AnyKind,
  BGPConfiguration,
  ClusterInformation,
  configMaps,
  describeIssues,
  FelixConfiguration,
  IPAMConfiguration,
  IPPool,
  ignoreNotFound,
  isApiError,
  type KubernetesClient,
  type Logger,
  type ObjectOf,
  resourceOf,
  validate,
} from '@manx/api'
import type { AgentConfig } from '../config/parse-config.ts'
import type { NodeAddresses } from '../identity/find-identity.ts'
import { planDefaultPools, podSubnetsOf } from './default-pools.ts'

export interface DefaultsOptions {
  readonly client: KubernetesClient
  readonly logger: Logger
  readonly config: Pick<AgentConfig, 'clusterType' | 'defaultPools'>
  readonly addresses: NodeAddresses
  readonly version: string
  readonly signal: AbortSignal
}

/** Creates what a cluster needs and does not have. What is there is never changed, so all nodes may do it at once. */
export async function createDefaults(options: DefaultsOptions): Promise<void> {
  const { client, logger, config, signal } = options
  const create = async <K extends AnyKind>(kind: K, name: string, spec: ObjectOf<K>['spec']) => {
    const issues = validate(kind, { metadata: { name }, spec })
    if (issues.length > 0) throw new Error(describeIssues(kind, name, issues))
    if ((await ignoreNotFound(client.get(resourceOf(kind), name, { signal }))) !== undefined) return
    try {
      const object = { metadata: { name }, spec } as unknown as Parameters<typeof client.create<ObjectOf<K>>>[1]
      await client.create(resourceOf(kind), object, { signal })
      logger.info(`created ${kind.kind} ${name}`, { kind: kind.kind, name })
    } catch (error) {
      // Another node was faster.
      if (!isApiError(error, 'AlreadyExists')) throw error
    }
  }
  await create(ClusterInformation, 'default', {
    clusterGUID: randomUUID().replaceAll('-', ''),
    clusterType: config.clusterType.join(','),
    calicoVersion: options.version,
    datastoreReady: true,
    variant: 'Manx',
  })
  // Kubernetes wants pods to reach every node without NAT; Calico's own default (IPPoolsOnly) translates that traffic.
  await create(FelixConfiguration, 'default', { natOutgoingExclusions: 'IPPoolsAndHostIPs' })
  await create(BGPConfiguration, 'default', {})
  await create(IPAMConfiguration, 'default', { strictAffinity: false, autoAllocateBlocks: true })
  if (config.defaultPools === undefined) return
  const { items } = await client.list(resourceOf(IPPool), { signal })
  const pools = planDefaultPools({
    wanted: config.defaultPools,
    existing: items,
    addresses: options.addresses,
    podSubnets: items.length > 0 ? [] : await kubeadmPodSubnets(client, signal),
  })
  for (const { name, spec } of pools) await create(IPPool, name, spec)
}

async function kubeadmPodSubnets(client: KubernetesClient, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const found = await client.get(configMaps, 'kube-system/kubeadm-config', { signal })
    return podSubnetsOf(found.data?.ClusterConfiguration ?? '')
  } catch (error) {
    // Most clusters are not kubeadm's, and the right to read it may not have been given.
    if (isApiError(error, 'NotFound', 'Forbidden')) return []
    throw error
  }
}
