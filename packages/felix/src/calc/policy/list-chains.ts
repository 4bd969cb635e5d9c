import type { AppliedTier } from '../../evaluate/decide.ts'
import type { Chain, Rule, Verdict } from '../ruleset.ts'
import { segmentsIdentity } from './list-segments.ts'
import {
  groupChains,
  type NamespaceSpan,
  type SpanContext,
  spanName,
  spanTitle,
  tiersBetween,
} from './namespace-span.ts'
import { type OwnTier, ownTier } from './own-tiers.ts'
import { contentChainName, policyIdentity } from './policy-names.ts'
import { acceptPassed, jumps, leaveIfPassed, plainRule, unmark } from './tier-rules.ts'

export interface ListChains {
  /** The same for the same policies, those that are never asked included, if as many of them are the endpoint's own. */
  readonly identity: string
  /** Where the packets of an endpoint with these policies go. */
  readonly verdict: Verdict
  /** Names of the chains that it is made of, without those of its policies and spans. */
  readonly names: readonly string[]
  /** Makes one of them, by name. */
  chain(name: string): Chain
  /** Whose chains it needs. */
  readonly spans: readonly NamespaceSpan[]
  /** Policies that the endpoint has in common with its namespace are among the jumps. */
  readonly inlines: boolean
}

/**
 * The chains that ask the policies of an endpoint one after the other: jumps to its own, and between them to the chains with
 * what its namespace's endpoints have in common. What they are called depends on what is in them, so that endpoints of a
 * namespace with the same list share them.
 */
export function listChains(own: readonly AppliedTier[], context: SpanContext): ListChains {
  const { namespace, direction, passMark } = context
  if (own.length === 0) return withoutOwn(context)
  const all = own.map((tier) => ownTier(tier, context.common, direction))
  const asked = reachable(all)
  const identityOf = (tier: OwnTier) => [
    tier.tier.name,
    segmentsIdentity(tier.segments),
    tier.passes,
    tier.passesBelow,
    spanName(tier.below, context),
    spanName(tier.rest, context),
  ]
  const spans: NamespaceSpan[] = []
  const toSpan = (kind: 'jump' | 'goto', span: NamespaceSpan): Rule => {
    spans.push(span)
    return plainRule({ kind, chain: spanName(span, context) }, spanTitle(span, namespace))
  }
  const makers = new Map<string, () => readonly Rule[]>()
  const rules: Rule[] = []
  // Whatever set the bit before must not look like a policy that passes.
  if (asked.some(({ passes }) => passes)) rules.push(unmark(passMark, 'not passed yet'))
  let after: { readonly after?: string } = {}
  for (const tier of asked) {
    const between = { ...after, before: tier.tier.name }
    if (tiersBetween(context.tiers, between).length > 0) rules.push(toSpan('jump', { kind: 'tiers', ...between }))
    after = { after: tier.tier.name }
    for (const { name, rules: group } of groupChains(tier.segments, passMark)) makers.set(name, () => group)
    const inside = [
      toSpan('jump', tier.below),
      ...(tier.passesBelow ? [leaveIfPassed(passMark)] : []),
      ...jumps(tier.segments, passMark),
      toSpan('jump', tier.rest),
    ]
    if (tier.passes) {
      const name = contentChainName('t', direction, ['own', namespace, passMark, identityOf(tier)])
      // Out of a chain of its own a packet can get past the rest of the tier.
      makers.set(name, () => inside)
      rules.push(plainRule({ kind: 'jump', chain: name }, `tier ${tier.tier.name}`), unmark(passMark, 'next tier'))
    } else rules.push(...inside)
  }
  const last = asked.at(-1)
  if (last === undefined || !endsThere(last)) {
    if (tiersBetween(context.tiers, after).length > 0) rules.push(toSpan('goto', { kind: 'tiers', ...after }))
    else rules.push(acceptPassed)
  }
  const content = ['own', namespace, passMark, spans.map((span) => spanName(span, context))]
  const list = contentChainName('l', direction, [
    ...content,
    asked.map(identityOf),
    last !== undefined && endsThere(last),
  ])
  makers.set(list, () => rules)
  // The same jumps may be of an endpoint's own policies in one list and of its namespace's in another.
  const owned = all.map(({ inlines }, index) => (inlines ? own[index]?.policies.map(policyIdentity) : undefined))
  const isPlain = asked.length === all.length && owned.every((ids) => ids === undefined)
  return {
    identity: isPlain ? list : contentChainName('l', direction, [list, all.map(identityOf), owned]),
    verdict: { kind: 'goto', chain: list },
    names: [...makers.keys()],
    chain: (name) => ({ name, rules: makers.get(name)?.() ?? [] }),
    spans,
    inlines: all.some(({ inlines }) => inlines),
  }
}

/** One chain for all such endpoints of the namespace. */
function withoutOwn(context: SpanContext): ListChains {
  const span: NamespaceSpan = { kind: 'tiers' }
  const chain = spanName(span, context)
  const isOpen = context.common.length === 0
  return {
    identity: isOpen ? `${chain} open` : chain,
    verdict: isOpen ? { kind: 'accept' } : { kind: 'goto', chain },
    names: [],
    chain: (name) => ({ name, rules: [] }),
    spans: isOpen ? [] : [span],
    inlines: false,
  }
}

const endsThere = ({ tier, passes }: OwnTier): boolean => tier.defaultAction === 'Deny' && !passes

/** Behind a tier that ends with Deny, and of which no policy passes, nothing is ever asked. */
function reachable(tiers: readonly OwnTier[]): readonly OwnTier[] {
  const end = tiers.findIndex(endsThere)
  return end < 0 ? tiers : tiers.slice(0, end + 1)
}
