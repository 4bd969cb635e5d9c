import type { NameRule, PrinterColumn } from '../../kind.ts'
import { assumed, choice, defaulted, list, number, string } from '../../schema/builders.ts'
import { selector } from '../shared-fields.ts'
import { policyRule } from './rule.ts'

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

/** Names of tiers: they are part of names and labels, so they have no dots. */
export const tierName: NameRule = {
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
  message: 'must be at most 63 lower case letters, digits and -, with a letter or digit at both ends',
}

const tierForm = new RegExp(tierName.pattern)

export const policyName: NameRule = {
  pattern: `^(${label}([.]${label})?|(knp|ossg)[.]default[.].+)$`,
  message: 'must be NAME or TIER.NAME of lower case letters, digits and -, with a letter or digit at both ends',
}

export const globalPolicyName: NameRule = {
  pattern: `^(${label}[.])?${label}$`,
  message: policyName.message,
}

const directions = (doc: string) =>
  list(doc, choice('A direction.', ['Ingress', 'Egress']), { list: 'set', minItems: 1, maxItems: 2 })

const isFull = (value: unknown) => Array.isArray(value) && value.length > 0

/** The directions that a policy is about when it does not say. */
export function typesOf(spec: Readonly<Record<string, unknown>>): ('Ingress' | 'Egress')[] {
  if (!isFull(spec.egress)) return ['Ingress']
  return isFull(spec.ingress) ? ['Ingress', 'Egress'] : ['Egress']
}

/** What all policies of Calico's own kinds have. */
export function policyFields(scope: 'Cluster' | 'Namespaced') {
  const rules = (direction: 'ingress' | 'egress', doc: string) =>
    list(doc, policyRule(direction, scope), { list: 'atomic', maxItems: 1024 })
  return {
    tier: defaulted(
      string('The tier that the policy is in.', {
        maxLength: 63,
        pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$',
        check: (text) => (text === '' || tierForm.test(text) ? undefined : tierName.message),
      }),
      'default',
    ),
    order: number('Policies of a tier apply in ascending order; those without an order come last, by name.'),
    selector: assumed(
      selector('The endpoints that the policy applies to, by their labels; all when absent.', { noGlobal: true }),
      'all()',
    ),
    serviceAccountSelector: selector('Only endpoints that run as service accounts with these labels.', {
      noGlobal: true,
    }),
    types: assumed(
      directions(
        'The directions that the policy is about. When absent: those that it has rules for; Ingress if it has none.',
      ),
      typesOf,
    ),
    ingress: rules('ingress', 'Rules for packets to the endpoints; the first match counts.'),
    egress: rules('egress', 'Rules for packets from the endpoints; the first match counts.'),
    performanceHints: list(
      'Hints that change no packet.',
      choice('AssumeNeededOnEveryNode: work the policy out on nodes without its endpoints, too.', [
        'AssumeNeededOnEveryNode',
      ]),
      { list: 'set', maxItems: 16 },
    ),
  } as const
}

/** The directions of policies in Kubernetes' own form. */
export const kubernetesDirections = directions

/** What makes a policy a staged one. */
export const stagedFields = {
  stagedAction: defaulted(
    choice(
      'What enforcing would do: Set the policy, Delete the enforced one of the same name, Learn, or Ignore this object.',
      ['Set', 'Delete', 'Learn', 'Ignore'],
    ),
    'Set',
  ),
} as const

export const policyColumns: readonly PrinterColumn[] = [
  { name: 'Tier', type: 'string', jsonPath: '.spec.tier' },
  { name: 'Order', type: 'number', jsonPath: '.spec.order' },
]
