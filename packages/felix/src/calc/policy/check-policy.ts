import { type EntityMatch, type Policy, type PolicyRule, SelectorError } from '@manx/api'
import type { Issue } from '../issue.ts'
import { knownSelector } from '../sets/known-selector.ts'
import { aboutPolicy } from './policy-names.ts'

export interface CheckedPolicy {
  /** Without what cannot be followed; undefined when it is not known whom the policy is for. */
  readonly policy: Policy | undefined
  readonly issues: readonly Issue[]
}

/**
 * Finds selectors that cannot be read, and services. A rule with one that allows or logs matches nothing. One that denies or
 * passes denies, without asking for what the condition would have said: the rules and tiers behind it may allow.
 */
export function checkPolicy(policy: Policy): CheckedPolicy {
  const issues: Issue[] = []
  const about = aboutPolicy(policy)
  const isBad = (field: string, value: string | undefined): boolean => {
    if (value === undefined) return false
    try {
      knownSelector(value)
      return false
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error
      issues.push({ ...about, field, value, message: error.message })
      return true
    }
  }
  if (isBad('selector', policy.selector)) return { policy: undefined, issues }
  const checkEntity = (field: string, entity: EntityMatch | undefined): EntityMatch | undefined => {
    const badSelector = isBad(`${field}.selector`, entity?.selector)
    const badNotSelector = isBad(`${field}.notSelector`, entity?.notSelector)
    const hasService = entity?.service !== undefined
    if (hasService) {
      const value = `${entity.service.namespace}/${entity.service.name}`
      issues.push({ ...about, field: `${field}.service`, value, message: 'services are not followed' })
    }
    if (entity === undefined || !(badSelector || badNotSelector || hasService)) return entity
    const { selector, notSelector, service: _, ...others } = entity
    return {
      ...others,
      ...(selector === undefined || badSelector ? {} : { selector }),
      ...(notSelector === undefined || badNotSelector ? {} : { notSelector }),
    }
  }
  const checkRules = (field: string, rules: readonly PolicyRule[]): readonly PolicyRule[] =>
    rules.map((rule, index) => {
      const source = checkEntity(`${field}[${index}].source`, rule.source)
      const destination = checkEntity(`${field}[${index}].destination`, rule.destination)
      if (source === rule.source && destination === rule.destination) return rule
      if (rule.action === 'Allow' || rule.action === 'Log') return { action: rule.action, source: { nets: [] } }
      return {
        ...rule,
        action: 'Deny',
        ...(source === undefined ? {} : { source }),
        ...(destination === undefined ? {} : { destination }),
      }
    })
  const ingress = checkRules('ingress', policy.ingress)
  const egress = checkRules('egress', policy.egress)
  return { policy: issues.length === 0 ? policy : { ...policy, ingress, egress }, issues }
}
