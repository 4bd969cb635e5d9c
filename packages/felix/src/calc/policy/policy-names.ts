import { type Policy, type PolicyDirection, policyKey } from '@manx/api'
import { contentHash } from '../sets/policy-set.ts'

/** How much of a name is kept for who lists the ruleset; the hash before it tells policies apart. */
const longestTail = 50

/** The chain with the rules of a policy for one direction: `pi-` for ingress, `po-` for egress. */
export function policyChainName(
  policy: Pick<Policy, 'kind' | 'namespace' | 'name'>,
  direction: PolicyDirection,
): string {
  const tail = (policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`)
    .replace(/[^A-Za-z0-9._/-]/g, '_')
    .slice(0, longestTail)
  return `p${directionLetter(direction)}-${policyIdentity(policy)}-${tail}`
}

/** Twenty characters that stand for the policy's key. */
export const policyIdentity = (policy: Pick<Policy, 'kind' | 'namespace' | 'name'>): string =>
  contentHash(policyKey(policy))

/** A chain that is called after what is in it: of a list (`li-`, `lo-`), of a tier of it (`t`), of a group of its policies (`g`). */
export const contentChainName = (prefix: 'l' | 't' | 'g', direction: PolicyDirection, content: unknown): string =>
  `${prefix}${directionLetter(direction)}-${contentHash(content)}`

/** Kinds are called by their own names, but for Kubernetes' NetworkPolicy, which is the NetworkPolicy that most know. */
const kindName = (kind: Policy['kind']): string => (kind === 'KubernetesNetworkPolicy' ? 'NetworkPolicy' : kind)

/** As rules' comments name it: `NetworkPolicy default/web`. */
export function policyTitle({ kind, namespace, name }: Pick<Policy, 'kind' | 'namespace' | 'name'>): string {
  return `${kindName(kind)} ${namespace === undefined ? name : `${namespace}/${name}`}`
}

/** Seen from the pod, as Felix does: in to it, out of it. */
const directionLetter = (direction: PolicyDirection): 'i' | 'o' => (direction === 'Ingress' ? 'i' : 'o')
