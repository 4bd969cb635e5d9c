import { type EntityMatch, explainSelector, type Policy, type PolicyRule } from '@manx/api'

/**
 * A policy without selectors that cannot be read, and services, which nobody follows: a rule with one matches nothing if it allows
 * or logs; if it denies or passes, it denies without asking for what it would have said. Undefined: it is not known whom the policy is for, or it is for no packet of a pod.
 */
export function readablePolicy(policy: Policy): Policy | undefined {
  const { staged, doNotTrack = false, preDNAT = false, selector } = policy
  if (staged !== undefined || doNotTrack || preDNAT || !isReadable(selector)) return undefined
  return { ...policy, ingress: policy.ingress.map(readableRule), egress: policy.egress.map(readableRule) }
}

function readableRule(rule: PolicyRule): PolicyRule {
  const { source, destination, action } = rule
  const sides = [source, destination].filter((side) => side !== undefined)
  if (sides.every(isReadableEntity)) return rule
  // An empty list of prefixes matches nothing; the rule stays, so that others keep their positions.
  if (action === 'Allow' || action === 'Log') return { action, source: { nets: [] } }
  return {
    ...rule,
    action: 'Deny',
    source: withoutUnreadable(source ?? {}),
    destination: withoutUnreadable(destination ?? {}),
  }
}

function withoutUnreadable(entity: EntityMatch): EntityMatch {
  const { selector, notSelector, service: _, ...others } = entity
  return {
    ...others,
    ...(selector !== undefined && isReadable(selector) ? { selector } : {}),
    ...(notSelector !== undefined && isReadable(notSelector) ? { notSelector } : {}),
  }
}

const isReadableEntity = ({ selector, notSelector, service }: EntityMatch): boolean =>
  isReadable(selector) && isReadable(notSelector) && service === undefined

const isReadable = (selector: string | undefined): boolean =>
  selector === undefined || explainSelector(selector) === undefined
