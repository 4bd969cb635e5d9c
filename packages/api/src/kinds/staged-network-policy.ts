import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { object } from '../schema/builders.ts'
import { policyColumns, policyFields, policyName, stagedFields } from './policy/policy-fields.ts'

/** A NetworkPolicy that is not enforced, only shown. */
export const StagedNetworkPolicy = defineKind({
  kind: 'StagedNetworkPolicy',
  plural: 'stagednetworkpolicies',
  shortNames: ['scnp', 'snp'],
  scope: 'Namespaced',
  doc: 'A NetworkPolicy on trial: it changes no packet, flows show what it would do.',
  name: policyName,
  spec: object('The policy.', { ...stagedFields, ...policyFields('Namespaced') }),
  printerColumns: policyColumns,
  selectableFields: ['.spec.tier'],
})
export type StagedNetworkPolicy = ObjectOf<typeof StagedNetworkPolicy>
export type CompleteStagedNetworkPolicy = CompleteObjectOf<typeof StagedNetworkPolicy>
