import {
  type Labels,
  type NamedPort,
  networkPolicyToPolicy,
  type Policy,
  type PolicyEndpoint,
  type PolicyTier,
  policyKey,
} from '@manx/api'
import type { Packet, World } from '../../src/index.ts'
import type { NetworkPolicy } from '../evaluate/kubernetes-verdict.ts'
import { peers, podKey } from './peers.ts'

/** What changes of a pod; who it is and its addresses stay. */
export interface PodState {
  readonly labels: Labels
  readonly serviceAccount: string
  readonly ports: readonly NamedPort[]
  /** Of a pod of another node, in place of those of the peer: none yet, or those of a pod that is gone and not yet deleted. */
  readonly addresses?: readonly string[]
}

/** One object that is written or deleted. Only data: a failure is made smaller by leaving out parts of it. */
export type Change =
  /** An object of networking.k8s.io/v1. */
  | { readonly kind: 'network-policy'; readonly object: NetworkPolicy }
  | { readonly kind: 'policy'; readonly policy: Policy }
  | { readonly kind: 'no-policy'; readonly key: string }
  | { readonly kind: 'tier'; readonly tier: PolicyTier }
  | { readonly kind: 'no-tier'; readonly name: string }
  | { readonly kind: 'pod'; readonly pod: string; readonly state: PodState }
  /** For pods of other nodes only. */
  | { readonly kind: 'no-pod'; readonly pod: string }
  | { readonly kind: 'namespace'; readonly name: string; readonly labels: Labels }
  | { readonly kind: 'no-namespace'; readonly name: string }
  | { readonly kind: 'service-account'; readonly key: string; readonly labels: Labels }
  | { readonly kind: 'no-service-account'; readonly key: string }

/** Changes that are made at once, and the packets that are sent when they are in force. */
export interface Step {
  readonly changes: readonly Change[]
  readonly packets: readonly Packet[]
}

/** The objects that there are, by key. */
export interface Objects {
  readonly pods: ReadonlyMap<string, PodState>
  readonly namespaces: ReadonlyMap<string, Labels>
  readonly serviceAccounts: ReadonlyMap<string, Labels>
  readonly policies: ReadonlyMap<string, Policy>
  readonly tiers: ReadonlyMap<string, PolicyTier>
}

const plainPod: PodState = { labels: {}, serviceAccount: 'default', ports: [] }
const nameLabel = 'kubernetes.io/metadata.name'

/** Where every scenario begins: all pods are there, without labels and ports, and no policy is. */
export const noPolicies: Objects = {
  pods: new Map(peers.filter(({ kind }) => kind !== 'host').map((peer) => [podKey(peer), plainPod])),
  namespaces: new Map(['w', 'x', 'y', 'z'].map((name) => [name, { [nameLabel]: name }])),
  serviceAccounts: new Map(),
  policies: new Map(),
  tiers: new Map(),
}

export function afterChanges(before: Objects, changes: readonly Change[]): Objects {
  const pods = new Map(before.pods)
  const namespaces = new Map(before.namespaces)
  const serviceAccounts = new Map(before.serviceAccounts)
  const policies = new Map(before.policies)
  const tiers = new Map(before.tiers)
  const put = (policy: Policy) => policies.set(policyKey(policy), policy)
  for (const change of changes) {
    switch (change.kind) {
      case 'network-policy':
        put(convert(change.object))
        break
      case 'policy':
        put(change.policy)
        break
      case 'no-policy':
        policies.delete(change.key)
        break
      case 'tier':
        tiers.set(change.tier.name, change.tier)
        break
      case 'no-tier':
        tiers.delete(change.name)
        break
      case 'pod':
        pods.set(change.pod, change.state)
        break
      case 'no-pod':
        pods.delete(change.pod)
        break
      case 'namespace':
        namespaces.set(change.name, { ...change.labels, [nameLabel]: change.name })
        break
      case 'no-namespace':
        namespaces.delete(change.name)
        break
      case 'service-account':
        serviceAccounts.set(change.key, change.labels)
        break
      case 'no-service-account':
        serviceAccounts.delete(change.key)
        break
    }
  }
  return { pods, namespaces, serviceAccounts, policies, tiers }
}

function convert(object: NetworkPolicy): Policy {
  const { policy, issues } = networkPolicyToPolicy(object)
  if (policy === undefined || issues.length > 0) throw new Error(`refused: ${JSON.stringify(issues)}`)
  return policy
}

/** The pod as felix and the evaluator get it. */
export function policyEndpoint(key: string, state: PodState): PolicyEndpoint & { readonly local: boolean } {
  const peer = peers.find((each) => podKey(each) === key)
  if (peer === undefined) throw new Error(`no such pod: ${key}`)
  const { namespace, name, addresses, kind } = peer
  return { addresses, ...state, namespace, name, local: kind === 'local' }
}

/** The objects as the evaluator wants them. */
export function worldOf(objects: Objects): World {
  return {
    endpoints: [...objects.pods].map(([key, state]) => policyEndpoint(key, state)),
    namespaces: Object.fromEntries(objects.namespaces),
    serviceAccounts: Object.fromEntries(objects.serviceAccounts),
    policies: [...objects.policies.values()],
    tiers: [...objects.tiers.values()],
  }
}
