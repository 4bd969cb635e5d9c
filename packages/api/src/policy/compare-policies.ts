import { compareText } from '../compare-text.ts'
import type { Policy, PolicyKind } from './model.ts'

/** What decides when a policy is asked, within its tier. */
export type PolicyPlace = Pick<Policy, 'order' | 'name' | 'namespace' | 'kind'>

/** As Calico calls the kinds where it compares them. */
const kindNames: Readonly<Record<PolicyKind, string>> = {
  KubernetesNetworkPolicy: 'KubernetesNetworkPolicy',
  ClusterNetworkPolicy: 'KubernetesClusterNetworkPolicy',
  CalicoNetworkPolicy: 'NetworkPolicy',
  GlobalNetworkPolicy: 'GlobalNetworkPolicy',
  StagedKubernetesNetworkPolicy: 'StagedKubernetesNetworkPolicy',
  StagedNetworkPolicy: 'StagedNetworkPolicy',
  StagedGlobalNetworkPolicy: 'StagedGlobalNetworkPolicy',
}

/**
 * Calico's order of the policies of a tier, for `sort`: lower orders first, and among equal ones, as among those without any,
 * by the text NAME/NAMESPACE/KIND. It is compared as one text: `a-b` comes before `a`, because `-` comes before `/`.
 */
export function comparePolicies(a: PolicyPlace, b: PolicyPlace): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1
  // Most names differ before either ends; thousands of policies may have one order.
  if (!a.name.startsWith(b.name) && !b.name.startsWith(a.name)) return compareText(a.name, b.name)
  return compareText(textOf(a), textOf(b))
}

const textOf = ({ name, namespace = '', kind }: PolicyPlace): string => `${name}/${namespace}/${kindNames[kind]}`
