import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { object } from '../schema/builders.ts'
import { policyColumns, policyFields, policyName } from './policy/policy-fields.ts'

/** Calico's policy for the endpoints of one namespace. Kubernetes has a kind of the same name in its own group. */
export const CalicoNetworkPolicy = defineKind({
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['cnp', 'caliconetworkpolicy'],
  scope: 'Namespaced',
  doc: 'What endpoints of one namespace may receive and send. More than the NetworkPolicy of Kubernetes: it is in a tier, has an order, and can deny, log and pass.',
  name: policyName,
  spec: object('The policy.', policyFields('Namespaced')),
  printerColumns: policyColumns,
  selectableFields: ['.spec.tier'],
})
export type CalicoNetworkPolicy = ObjectOf<typeof CalicoNetworkPolicy>
export type CalicoNetworkPolicySpec = CalicoNetworkPolicy['spec']
export type CompleteCalicoNetworkPolicy = CompleteObjectOf<typeof CalicoNetworkPolicy>
