import { type Policy, type PolicyDirection, policyKey } from '@manx/api'
import type { PolicyName } from '../issue.ts'
import { contentHash } from '../sets/policy-set.ts'

/** How much of a name is kept for who lists the ruleset; the hash before it tells policies apart. */
const longestTail = 50

/** The chain with the rules of a policy for one direction: `pi-` for ingress, `po-` for egress. */
export function policyChainName(policy: PolicyName, direction: PolicyDirection): string {
  const tail = (policy.namespace === undefined ? policy.name : `${policy.namespace}/${policy.name}`)
    .replace(/[^A-Za-z0-9._/-]/g, '_')
    .slice(0, longestTail)
  return `p${directionLetter(direction)}-${policyIdentity(policy)}-${tail}`
}

/** Twenty characters that stand for the policy's key. */
export const policyIdentity = (policy: PolicyName): string => contentHash(policyKey(policy))

/** A chain that is called after what is in it: of a list (`li-`, `lo-`), of a tier of it (`t`), of a group of its policies (`g`). */
export const contentChainName = (prefix: 'l' | 't' | 'g', direction: PolicyDirection, content: unknown): string =>
  `${prefix}${directionLetter(direction)}-${contentHash(content)}`

/** A chain of that which all endpoints of a namespace have in common (`ni-`, `no-`), called after its place. */
export const namespaceChainName = (namespace: string, direction: PolicyDirection, place: readonly unknown[]): string =>
  `n${directionLetter(direction)}-${contentHash([namespace, place])}-${namespace.slice(0, longestTail)}`

/** Kinds are called by their own names, but for Kubernetes' NetworkPolicy, which is the NetworkPolicy that most know. */
const kindName = (kind: Policy['kind']): string => (kind === 'KubernetesNetworkPolicy' ? 'NetworkPolicy' : kind)

/** As rules' comments name it: `NetworkPolicy default/web`. */
export function policyTitle({ kind, namespace, name }: PolicyName): string {
  return `${kindName(kind)} ${namespace === undefined ? name : `${namespace}/${name}`}`
}

/** Seen from the pod, as Felix does: in to it, out of it. */
const directionLetter = (direction: PolicyDirection): 'i' | 'o' => (direction === 'Ingress' ? 'i' : 'o')

/** Which policy something is about, for whoever reports it. */
export const aboutPolicy = (policy: PolicyName): { readonly object: string; readonly policy: PolicyName } => {
  const { kind, namespace, name } = policy
  return { object: policyTitle(policy), policy: { kind, name, ...(namespace === undefined ? {} : { namespace }) } }
}
