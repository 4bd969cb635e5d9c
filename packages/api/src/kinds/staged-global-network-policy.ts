import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { object } from '../schema/builders.ts'
import { globalPolicyFields, globalPolicyRules } from './policy/global-policy-fields.ts'
import { globalPolicyName, policyColumns, stagedFields } from './policy/policy-fields.ts'

/** A GlobalNetworkPolicy that is not enforced, only shown. */
export const StagedGlobalNetworkPolicy = defineKind({
  kind: 'StagedGlobalNetworkPolicy',
  plural: 'stagedglobalnetworkpolicies',
  shortNames: ['sgnp'],
  scope: 'Cluster',
  doc: 'A GlobalNetworkPolicy on trial: it changes no packet, flows show what it would do.',
  name: globalPolicyName,
  spec: object('The policy.', { ...stagedFields, ...globalPolicyFields }, { rules: globalPolicyRules }),
  printerColumns: policyColumns,
  selectableFields: ['.spec.tier'],
})
export type StagedGlobalNetworkPolicy = ObjectOf<typeof StagedGlobalNetworkPolicy>
export type CompleteStagedGlobalNetworkPolicy = CompleteObjectOf<typeof StagedGlobalNetworkPolicy>
