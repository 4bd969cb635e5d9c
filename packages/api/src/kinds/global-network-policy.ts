import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { object } from '../schema/builders.ts'
import { globalPolicyFields, globalPolicyRules } from './policy/global-policy-fields.ts'
import { globalPolicyName, policyColumns } from './policy/policy-fields.ts'

/** A policy for endpoints of all namespaces, and for hosts. */
export const GlobalNetworkPolicy = defineKind({
  kind: 'GlobalNetworkPolicy',
  plural: 'globalnetworkpolicies',
  shortNames: ['gnp', 'cgnp'],
  scope: 'Cluster',
  doc: 'What endpoints of all namespaces, and hosts, may receive and send.',
  name: globalPolicyName,
  spec: object('The policy.', globalPolicyFields, { rules: globalPolicyRules }),
  printerColumns: [...policyColumns, { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
  selectableFields: ['.spec.tier'],
})
export type GlobalNetworkPolicy = ObjectOf<typeof GlobalNetworkPolicy>
export type GlobalNetworkPolicySpec = GlobalNetworkPolicy['spec']
export type CompleteGlobalNetworkPolicy = CompleteObjectOf<typeof GlobalNetworkPolicy>
