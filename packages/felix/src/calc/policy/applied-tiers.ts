import { type Policy, type PolicyDirection, type PolicyTier, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { compare } from '../compare.ts'

/** Policies that apply to one endpoint, in the order in which they are asked. Tiers without any are left out. */
export function appliedTiers(
  policies: readonly Policy[],
  tiers: ReadonlyMap<string, PolicyTier>,
  direction: PolicyDirection,
): readonly AppliedTier[] {
  const byTier = new Map<string, { readonly key: string; readonly policy: Policy }[]>()
  for (const policy of policies) {
    if (!policy.types.includes(direction)) continue
    const entry = { key: policyKey(policy), policy }
    const list = byTier.get(policy.tier)
    if (list === undefined) byTier.set(policy.tier, [entry])
    else list.push(entry)
  }
  const applied: AppliedTier[] = []
  for (const [name, entries] of byTier) {
    const tier = tiers.get(name)
    if (tier === undefined) continue
    entries.sort((a, b) => compare(a.policy.order, b.policy.order) || compare(a.key, b.key))
    applied.push({ tier, policies: entries.map(({ policy }) => policy) })
  }
  return applied.sort((a, b) => compare(a.tier.order, b.tier.order) || compare(a.tier.name, b.tier.name))
}
