import type { Policy, PolicyDirection, PolicyTier } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { compare } from '../compare.ts'

export interface AppliedPolicies {
  readonly ingress: readonly AppliedTier[]
  readonly egress: readonly AppliedTier[]
}

/** Policies that apply to one endpoint, by key, in the order in which they are asked. Tiers without any are left out. */
export function appliedPolicies(
  policies: Iterable<readonly [string, Policy]>,
  tiers: ReadonlyMap<string, PolicyTier>,
): AppliedPolicies {
  const byTier = new Map<string, (readonly [string, Policy])[]>()
  for (const entry of policies) {
    const list = byTier.get(entry[1].tier)
    if (list === undefined) byTier.set(entry[1].tier, [entry])
    else list.push(entry)
  }
  const sorted: AppliedTier[] = []
  for (const [name, entries] of byTier) {
    const tier = tiers.get(name)
    if (tier === undefined) continue
    entries.sort(([aKey, a], [bKey, b]) => compare(a.order, b.order) || compare(aKey, bKey))
    sorted.push({ tier, policies: entries.map(([, policy]) => policy) })
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
