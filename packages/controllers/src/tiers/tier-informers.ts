import {
  CalicoNetworkPolicy,
  type Condition,
  conditionsOf,
  createInformer,
  GlobalNetworkPolicy,
  type Informer,
  type KubernetesClient,
  type KubernetesObject,
  type Logger,
  type MalformedObject,
  type Resource,
  resourceOf,
  StagedGlobalNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
} from '@manx/api'

/** Calico's name for it. */
export const tierFinalizer = 'projectcalico.org/tier-controller'

export interface KnownTier {
  readonly name: string
  readonly uid?: string
  readonly generation?: number
  readonly order?: number
  readonly defaultAction?: string
  readonly terminating: boolean
  /** It stays until the controller takes its finalizer off. */
  readonly guarded: boolean
  readonly conditions: readonly Condition[]
  /** What is wrong with a malformed one, of which nothing else is known. */
  readonly fault?: string
}

export interface TierInformers {
  readonly tiers: Informer<KnownTier>
  /** Of each kind of policy that has a tier: its name. */
  readonly policies: readonly Informer<string>[]
}

interface Tiered extends KubernetesObject {
  readonly spec?: { readonly tier?: string }
}

export const tierOf = ({ spec }: Tiered): string => spec?.tier ?? 'default'

export const tieredResources: readonly Resource<Tiered>[] = [
  resourceOf(GlobalNetworkPolicy),
  resourceOf(CalicoNetworkPolicy),
  resourceOf(StagedGlobalNetworkPolicy),
  resourceOf(StagedNetworkPolicy),
]

export function createTierInformers(client: KubernetesClient, logger: Logger): TierInformers {
  return {
    tiers: createInformer(client, resourceOf(Tier), { logger, project: projectTier, fallback: projectMalformedTier }),
    policies: tieredResources.map((resource) => createInformer(client, resource, { logger, project: tierOf })),
  }
}

export function projectTier(stored: Tier): KnownTier {
  const { order, defaultAction } = stored.spec
  return {
    ...identityOf(stored),
    ...(order === undefined ? {} : { order }),
    ...(defaultAction === undefined ? {} : { defaultAction }),
    conditions: stored.status?.conditions ?? [],
  }
}

/** It has the finalizer all the same, and is not to hang when it is deleted. */
export function projectMalformedTier(stored: MalformedObject, fault: string): KnownTier {
  return { ...identityOf(stored), conditions: conditionsOf(stored), fault }
}

function identityOf({ metadata }: KubernetesObject) {
  const { name, uid, generation, finalizers = [], deletionTimestamp } = metadata
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    terminating: deletionTimestamp !== undefined,
    guarded: finalizers.includes(tierFinalizer),
  }
}
