import { comparePolicies, type Policy, type PolicyDirection, type PolicyTier } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { listSegments, type Segment } from './list-segments.ts'
import type { NamespaceSpan } from './namespace-span.ts'
import { mayPass, onlyAllows } from './policy-chain.ts'

/** A tier in which an endpoint has policies of its own, beside those that it has in common with its namespace. */
export interface OwnTier {
  readonly tier: PolicyTier
  /** What is asked before `segments`, and after. */
  readonly below: Extract<NamespaceSpan, { kind: 'below' }>
  readonly rest: Extract<NamespaceSpan, { kind: 'from' | 'above' }>
  readonly segments: readonly Segment[]
  /** Some policies that are common are among the segments: their place is between two of the endpoint's own. */
  readonly inlines: boolean
  /** A packet may pass before `segments`. */
  readonly passesBelow: boolean
  /** A packet may pass somewhere. */
  readonly passes: boolean
}

/**
 * Splits a tier at the policies that an endpoint has of its own. Between policies that only allow the order does not matter:
 * where all are such, as Kubernetes' are, common ones of the same orders are asked after the endpoint's own.
 */
export function ownTier(
  { tier, policies: own }: AppliedTier,
  commonTiers: readonly AppliedTier[],
  direction: PolicyDirection,
): OwnTier {
  const common = commonTiers.find((other) => other.tier.name === tier.name)?.policies ?? []
  const first = own[0]?.order ?? 0
  const last = own.at(-1)?.order ?? 0
  const among = common.filter(({ order }) => first <= order && order <= last)
  const allows = (policy: Policy) => onlyAllows(policy, direction)
  const passing = (policies: readonly Policy[]) => policies.some((policy) => mayPass(policy, direction))
  const commutes = own.every(allows) && among.every(allows)
  const asked = commutes ? own : [...own, ...among].sort(comparePolicies)
  return {
    tier,
    below: { kind: 'below', tier: tier.name, order: first },
    rest: commutes ? { kind: 'from', tier: tier.name, order: first } : { kind: 'above', tier: tier.name, order: last },
    segments: listSegments(asked, direction),
    inlines: !commutes,
    passesBelow: passing(common.filter(({ order }) => order < first)),
    passes: passing(own) || passing(common),
  }
}

/** What lists depend on of that which a namespace's endpoints have in common; the rest is in the chains of its spans. */
export function listedCommons(common: readonly AppliedTier[], direction: PolicyDirection): string {
  const listed = common.flatMap(({ tier, policies }) =>
    policies
      .filter((policy) => !onlyAllows(policy, direction))
      .map((policy) => [tier.name, String(policy.order), mayPass(policy, direction)]),
  )
  return JSON.stringify(listed)
}
