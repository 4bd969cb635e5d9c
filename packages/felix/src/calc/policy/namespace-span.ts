import type { PolicyDirection, PolicyTier } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { Chain, Rule } from '../ruleset.ts'
import { type Part, partsIn } from './common-groups.ts'
import { listSegments, type Segment, segmentsIdentity } from './list-segments.ts'
import { contentChainName, namespaceChainName } from './policy-names.ts'
import { acceptPassed, dropAtEnd, jumps, plainRule, unmark } from './tier-rules.ts'

/**
 * A part of the order in which policies are asked, without the policies in it: what comes between two of an endpoint's own. Its
 * chain asks those that all endpoints of a namespace have in common.
 */
export type NamespaceSpan = TiersSpan | OrderSpan

/** Whole tiers between two others; absent: from the first, to the last. */
export interface TiersSpan {
  readonly kind: 'tiers'
  readonly after?: string
  readonly before?: string
}

export type OrderSpan =
  /** Policies of a tier with an order below this one. */
  | { readonly kind: 'below'; readonly tier: string; readonly order: number }
  /** Policies of a tier from this order on, or above it, and the end of the tier. */
  | { readonly kind: 'from' | 'above'; readonly tier: string; readonly order: number }

export interface SpanContext {
  readonly namespace: string
  readonly direction: PolicyDirection
  /** What the endpoints of the namespace have in common in this direction. */
  readonly common: readonly AppliedTier[]
  /** All there are, first to last. */
  readonly tiers: readonly PolicyTier[]
  readonly passMark: number
}

/** Called after the place and not after what is there now, so that what jumps to it stays as it is. */
export function spanName(span: NamespaceSpan, { namespace, direction }: Pick<SpanContext, 'namespace' | 'direction'>) {
  const place = span.kind === 'tiers' ? [span.after, span.before] : [span.tier, String(span.order)]
  return namespaceChainName(namespace, direction, [span.kind, ...place])
}

export const spanTitle = (span: NamespaceSpan, namespace: string): string => {
  const where = span.kind === 'tiers' ? 'other tiers' : `tier ${span.tier}, order ${spanOrder[span.kind]}${span.order}`
  return `all of ${namespace}: ${where}`
}

const spanOrder = { below: 'below ', from: 'from ', above: 'above ' } as const

/** The tiers of a span of tiers. */
export function tiersBetween(
  tiers: readonly PolicyTier[],
  { after, before }: { readonly after?: string; readonly before?: string },
): readonly PolicyTier[] {
  const from = after === undefined ? 0 : tiers.findIndex(({ name }) => name === after) + 1
  const to = before === undefined ? tiers.length : tiers.findIndex(({ name }) => name === before)
  return tiers.slice(from, to)
}

/** The chain of a span of tiers, first, and those of its own that it jumps to. */
export function tiersSpanChains(span: TiersSpan, context: SpanContext): readonly Chain[] {
  const names = new Set(tiersBetween(context.tiers, span).map((tier) => tier.name))
  const applied = context.common.filter(({ tier }) => names.has(tier.name))
  return wholeTiers(spanName(span, context), applied, context, span.before === undefined)
}

/** What is asked in a span of orders. */
export interface OrderSpanContent {
  readonly segments: readonly Segment[]
  /** Nothing gets past it. */
  readonly ends: boolean
  readonly identity: string
}

/** `parts`: those of its tier. */
export function orderSpanContent(
  { kind, tier, order }: OrderSpan,
  parts: readonly Part[],
  { tiers, passMark }: SpanContext,
): OrderSpanContent {
  const isIn = { below: (n: number) => n < order, from: (n: number) => n >= order, above: (n: number) => n > order }
  const segments = partsIn(parts, isIn[kind])
  const ends = kind !== 'below' && tiers.find(({ name }) => name === tier)?.defaultAction === 'Deny'
  return { segments, ends, identity: `${segmentsIdentity(segments)} ${ends} ${passMark}` }
}

/** The chain of a span of orders. */
export function orderSpanChain(span: OrderSpan, { segments, ends }: OrderSpanContent, context: SpanContext): Chain {
  const rules = [...jumps(segments, context.passMark), ...(ends ? [dropAtEnd(span.tier)] : [])]
  return { name: spanName(span, context), rules }
}

/** Packets that come out of it are not marked. `last`: nothing comes after it. */
function wholeTiers(
  name: string,
  applied: readonly AppliedTier[],
  { direction, passMark }: SpanContext,
  last: boolean,
): readonly Chain[] {
  const rules: Rule[] = []
  const chains: Chain[] = []
  for (const { tier, policies } of applied) {
    const segments = listSegments(policies, direction)
    const ends = tier.defaultAction === 'Deny'
    const asked = [...jumps(segments, passMark), ...(ends ? [dropAtEnd(tier.name)] : [])]
    chains.push(...groupChains(segments, passMark))
    if (segments.some(({ passes }) => passes)) {
      // Whatever set the bit before must not look like a policy that passes.
      if (!rules.some(({ action }) => action.kind === 'set-mark')) rules.push(unmark(passMark, 'not passed yet'))
      const own = contentChainName('t', direction, ['whole', passMark, tier.name, ends, segmentsIdentity(segments)])
      chains.push({ name: own, rules: asked })
      // Out of a chain of its own a packet can get past the rest of the tier.
      rules.push(plainRule({ kind: 'jump', chain: own }, `tier ${tier.name}`), unmark(passMark, 'next tier'))
    } else {
      rules.push(...asked)
      // Nothing behind is ever asked.
      if (ends) return [{ name, rules }, ...chains]
    }
  }
  if (last) rules.push(acceptPassed)
  return [{ name, rules }, ...chains]
}

/** Of segments that are groups. */
export function groupChains(segments: readonly Segment[], passMark: number): readonly Chain[] {
  return segments.flatMap(({ chain, group }) =>
    group === undefined ? [] : [{ name: chain, rules: jumps(group, passMark) }],
  )
}
