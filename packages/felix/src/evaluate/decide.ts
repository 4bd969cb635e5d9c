import { type Policy, type PolicyDirection, type PolicyTier, policyKey } from '@manx/api'
import { type AddressFacts, matchesRule } from './match-rule.ts'
import type { Packet } from './packet.ts'

/** What one endpoint's policies of one direction say about a packet. */
export interface Decision {
  readonly verdict: 'allow' | 'deny'
  readonly direction: PolicyDirection
  /** Tier that decided. Absent: no policy applies in this direction, or all tiers passed, then the profile allows; or nothing is known of the endpoint. */
  readonly tier?: string
  /** Key of the policy that decided. Absent with a tier: its default action did. */
  readonly policy?: string
  /** Position of the rule that decided within `ingress` or `egress` of the policy, from 0. */
  readonly rule?: number
  /** The same in words. */
  readonly reason: string
}

/** A tier with those of its policies that apply to the endpoint in the direction, first to last; never none. */
export interface AppliedTier {
  readonly tier: PolicyTier
  readonly policies: readonly Policy[]
}

/**
 * Runs a packet through the tiers that apply to an endpoint in one direction, first to last. It knows nothing about where the
 * facts come from, so it judges live state as well as a world of objects.
 */
export function decide(
  tiers: readonly AppliedTier[],
  direction: PolicyDirection,
  packet: Packet,
  facts: AddressFacts,
): Decision {
  const passed: string[] = []
  for (const { tier, policies } of tiers) {
    const decision = decideTier(tier, policies, direction, packet, facts)
    if (decision.verdict !== 'pass') return { ...decision, verdict: decision.verdict, direction }
    passed.push(decision.reason)
  }
  const nothing = tiers.length === 0 ? `no policy applies to ${direction.toLowerCase()}` : passed.join(', ')
  return { verdict: 'allow', direction, reason: `${nothing}: allowed by the profile` }
}

type TierDecision = Omit<Decision, 'verdict' | 'direction'> & { readonly verdict: 'allow' | 'deny' | 'pass' }

function decideTier(
  tier: PolicyTier,
  policies: readonly Policy[],
  direction: PolicyDirection,
  packet: Packet,
  facts: AddressFacts,
): TierDecision {
  for (const policy of policies) {
    const rules = direction === 'Ingress' ? policy.ingress : policy.egress
    for (const [index, rule] of rules.entries()) {
      if (rule.action === 'Log' || !matchesRule(rule, packet, facts)) continue
      const key = policyKey(policy)
      const reason = `${key} ${direction.toLowerCase()} rule ${index}: ${rule.action}`
      const verdict = ({ Allow: 'allow', Deny: 'deny', Pass: 'pass' } as const)[rule.action]
      return { verdict, tier: tier.name, policy: key, rule: index, reason }
    }
  }
  const verdict = tier.defaultAction === 'Pass' ? 'pass' : 'deny'
  const names = policies.map(policyKey).join(', ')
  return {
    verdict,
    tier: tier.name,
    reason: `no rule of ${names} matches: tier ${tier.name} ends with ${tier.defaultAction}`,
  }
}
