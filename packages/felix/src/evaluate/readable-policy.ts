import { type EntityMatch, explainSelector, type Policy, type PolicyRule } from '@manx/api'

/**
 * A policy without selectors that cannot be read: a rule with one matches nothing, but if it denies, it denies without asking
 * for what the selector would have said. Undefined: it is not known whom the policy is for.
 */
export function readablePolicy(policy: Policy): Policy | undefined {
  if (!isReadable(policy.selector)) return undefined
  return { ...policy, ingress: policy.ingress.map(readableRule), egress: policy.egress.map(readableRule) }
}

function readableRule(rule: PolicyRule): PolicyRule {
  const { source, destination, action } = rule
  const sides = [source, destination].filter((side) => side !== undefined)
  if (sides.every(({ selector, notSelector }) => isReadable(selector) && isReadable(notSelector))) return rule
  // An empty list of prefixes matches nothing; the rule stays, so that others keep their positions.
  if (action !== 'Deny') return { action, source: { nets: [] } }
  return { ...rule, source: withoutUnreadable(source ?? {}), destination: withoutUnreadable(destination ?? {}) }
}

function withoutUnreadable(entity: EntityMatch): EntityMatch {
  const { selector, notSelector, ...others } = entity
  return {
    ...others,
    ...(selector !== undefined && isReadable(selector) ? { selector } : {}),
    ...(notSelector !== undefined && isReadable(notSelector) ? { notSelector } : {}),
  }
}

const isReadable = (selector: string | undefined): boolean =>
  selector === undefined || explainSelector(selector) === undefined
