import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import type { ObjectMeta } from '../metadata.ts'
import { assumed, choice, defaulted, number, object } from '../schema/builders.ts'
import type { Rule } from '../schema/schema.ts'
import { conditions } from './conditions.ts'
import { tierName } from './policy/policy-fields.ts'

const builtIn = [
  { name: 'kube-admin', order: 1000, defaultAction: 'Pass' },
  { name: 'default', order: 1_000_000, defaultAction: 'Deny' },
  { name: 'kube-baseline', order: 10_000_000, defaultAction: 'Pass' },
] as const

interface TierShape {
  readonly metadata: ObjectMeta
  readonly spec: { readonly order?: number; readonly defaultAction?: string }
}

const rules = builtIn.flatMap(({ name, order, defaultAction }): Rule<TierShape>[] => [
  {
    rule: `self.metadata.name != '${name}' || !has(self.spec.order) || self.spec.order == ${order}.0`,
    message: `must be ${order} in the built-in tier ${name}`,
    at: 'spec.order',
    holds: ({ metadata, spec }) => metadata.name !== name || spec.order === undefined || spec.order === order,
  },
  {
    rule: `self.metadata.name != '${name}' || !has(self.spec.defaultAction) || self.spec.defaultAction == '${defaultAction}'`,
    message: `must be ${defaultAction} in the built-in tier ${name}`,
    at: 'spec.defaultAction',
    holds: ({ metadata, spec }) => metadata.name !== name || (spec.defaultAction ?? 'Deny') === defaultAction,
  },
])

/** A group of policies that is asked before or after the others. */
export const Tier = defineKind({
  kind: 'Tier',
  plural: 'tiers',
  scope: 'Cluster',
  doc: 'A group of policies. Tiers are asked in ascending order; in each, the first policy that decides counts.',
  name: tierName,
  rules,
  spec: object('The tier.', {
    order: assumed(number('Tiers are asked in ascending order; those of one order by name.'), 1_000_000),
    defaultAction: defaulted(
      choice(
        'What happens to packets that no rule of the tier decides, of endpoints that a policy of the tier applies to.',
        ['Deny', 'Pass'],
      ),
      'Deny',
    ),
  }),
  status: object('What Manx found out about the tier.', {
    conditions: conditions(
      'Ready: whether policies of the tier are enforced, and if not, why (NotEnforced, Terminating). Terminating: the tier is being deleted and goes when no policy is in it.',
    ),
  }),
  printerColumns: [
    { name: 'Order', type: 'integer', jsonPath: '.spec.order' },
    { name: 'DefaultAction', type: 'string', jsonPath: '.spec.defaultAction' },
    { name: 'Status', type: 'string', jsonPath: `.status.conditions[?(@.type=='Ready')].reason` },
  ],
})
export type Tier = ObjectOf<typeof Tier>
export type CompleteTier = CompleteObjectOf<typeof Tier>
