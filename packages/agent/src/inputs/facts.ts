import {
  type Issue,
  type Labels,
  type Namespace,
  type NetworkPolicy,
  type Node,
  networkPolicyToPolicy,
  type ObjectMeta,
  type Pod,
  type Policy,
  podEndpoint,
  type ServiceAccount,
} from '@manx/api'
import type { PodState } from '@manx/felix'

/** A node, down to what routing needs: thousands of them are kept, and each reports its health every few seconds. */
export type NodeFacts = Pick<Node, 'apiVersion' | 'kind' | 'metadata'> & {
  readonly internalIps: readonly string[]
  /** Condition NetworkUnavailable is False: a Node that was deleted and made again has none. */
  readonly networkAvailable: boolean
}

/** A pod of the cluster, down to what policy needs; tens of thousands of them are kept. */
export interface PodFacts {
  readonly uid: string
  /** As policy sees it; absent when it is none of its business (ended, or on the host's network). */
  readonly state?: PodState
  /** Those that ADD reads, of this node's pods; of others none. */
  readonly annotations: Annotations
}

export interface NamespaceFacts {
  readonly labels: Labels
  readonly annotations: Annotations
  /** It is being deleted, which nobody can take back. */
  readonly terminating: boolean
}

export interface AccountFacts {
  readonly labels: Labels
}

/** A policy as it is enforced, and what could not be understood of it. */
export interface PolicyFacts {
  readonly policy?: Policy
  readonly issues: readonly Issue[]
  readonly uid: string
  readonly generation: number
}

type Annotations = Readonly<Record<string, string>>

/** Only annotations that somebody here reads. */
const readAnnotation = /^(projectcalico\.org|cni\.projectcalico\.org|kubernetes\.io\/config\.mirror)/
/** One object for the many that have none. */
const none: Annotations = {}

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

export function podFacts(pod: Pod, node: string): PodFacts {
  const uid = pod.metadata.uid ?? ''
  const endpoint = podEndpoint(pod)
  return {
    uid,
    ...(endpoint === undefined ? {} : { state: { ...endpoint, uid } }),
    annotations: pod.spec?.nodeName === node ? annotationsOf(pod.metadata) : none,
  }
}

export function namespaceFacts({ metadata }: Pick<Namespace, 'metadata'>): NamespaceFacts {
  const { labels = {}, deletionTimestamp } = metadata
  return { labels, annotations: annotationsOf(metadata), terminating: deletionTimestamp !== undefined }
}

export function accountFacts({ metadata }: Pick<ServiceAccount, 'metadata'>): AccountFacts {
  return { labels: metadata.labels ?? none }
}

export function policyFacts(object: NetworkPolicy): PolicyFacts {
  const { policy, issues } = networkPolicyToPolicy(object)
  const { uid = '', generation = 0 } = object.metadata
  return { ...(policy === undefined ? {} : { policy }), issues, uid, generation }
}

function annotationsOf({ annotations = none }: ObjectMeta): Annotations {
  const entries = Object.entries(annotations).filter(([name]) => readAnnotation.test(name))
  return entries.length === 0 ? none : Object.fromEntries(entries)
}
