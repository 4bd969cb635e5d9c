import { comparePolicies, type Policy, type PolicyDirection, type PolicyTier } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { compare } from '../compare.ts'

export interface AppliedPolicies {
  readonly ingress: readonly AppliedTier[]
  readonly egress: readonly AppliedTier[]
}

/** Policies that apply to one endpoint, in the order in which they are asked. Tiers without any are left out. */
export function appliedPolicies(applied: Iterable<Policy>, tiers: ReadonlyMap<string, PolicyTier>): AppliedPolicies {
  const byTier = new Map<string, Policy[]>()
  for (const policy of applied) {
    const list = byTier.get(policy.tier)
    if (list === undefined) byTier.set(policy.tier, [policy])
    else list.push(policy)
  }
  const sorted: AppliedTier[] = []
  for (const [name, policies] of byTier) {
    const tier = tiers.get(name)
    if (tier === undefined) continue
    policies.sort(comparePolicies)
    sorted.push({ tier, policies })
  }
  sorted.sort((a, b) => compareTiers(a.tier, b.tier))
  return { ingress: ofDirection(sorted, 'Ingress'), egress: ofDirection(sorted, 'Egress') }
}

export const compareTiers = (a: PolicyTier, b: PolicyTier): number =>
  compare(a.order, b.order) || compare(a.name, b.name)

function ofDirection(tiers: readonly AppliedTier[], direction: PolicyDirection): readonly AppliedTier[] {
  return tiers
    .map(({ tier, policies }) => ({ tier, policies: policies.filter(({ types }) => types.includes(direction)) }))
    .filter(({ policies }) => policies.length > 0)
}
