import type { PolicyDirection } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { Action, Chain, Rule, Verdict } from '../ruleset.ts'
import { listSegments, type Segment, segmentsIdentity } from './list-segments.ts'
import { contentChainName } from './policy-names.ts'

export interface ListChains {
  /** The same for the same policies, those that are never asked included. */
  readonly identity: string
  /** Where the packets of an endpoint with these policies go. */
  readonly verdict: Verdict
  /** Names of the chains that it is made of, without those of its policies. */
  readonly names: readonly string[]
  /** Makes one of them, by name. */
  chain(name: string): Chain
}

interface TierSegments {
  readonly name: string
  readonly segments: readonly Segment[]
  readonly passes: boolean
  readonly ends: boolean
}

/**
 * The chains that ask the policies of an endpoint one after the other. What they are called depends on what is in them, so
 * that endpoints with the same list share them.
 */
export function listChains(tiers: readonly AppliedTier[], direction: PolicyDirection, passMark: number): ListChains {
  const all = tiers.map(({ tier, policies }): TierSegments => {
    const segments = listSegments(policies, direction)
    const passes = segments.some((segment) => segment.passes)
    return { name: tier.name, segments, passes, ends: tier.defaultAction === 'Deny' }
  })
  const nameOf = (list: readonly TierSegments[]) => contentChainName('l', direction, [passMark, list.map(tierIdentity)])
  const identity = nameOf(all)
  if (all.length === 0) {
    return { identity, verdict: { kind: 'accept' }, names: [], chain: (name) => ({ name, rules: [] }) }
  }
  const asked = reachable(all)
  const list = asked.length === all.length ? identity : nameOf(asked)
  const makers = new Map<string, () => readonly Rule[]>()
  const rules: Rule[] = []
  // Whatever set the bit before must not look like a policy that passes.
  if (asked.some(({ passes }) => passes)) rules.push(unmark(passMark, 'not passed yet'))
  for (const tier of asked) {
    for (const { chain, group } of tier.segments) {
      if (group !== undefined) makers.set(chain, () => jumps(group, passMark))
    }
    if (tier.passes) {
      const name = contentChainName('t', direction, [passMark, tierIdentity(tier)])
      // Out of a chain of its own a packet can get past the rest of the tier.
      makers.set(name, () => tierRules(tier, passMark))
      rules.push(rule({ kind: 'jump', chain: name }, `tier ${tier.name}`))
      rules.push(unmark(passMark, 'next tier'))
    } else rules.push(...tierRules(tier, passMark))
  }
  const last = asked.at(-1)
  if (last?.ends !== true || last.passes) {
    rules.push(rule({ kind: 'accept' }, 'passed by all tiers: allowed by the profile'))
  }
  makers.set(list, () => rules)
  return {
    identity,
    verdict: { kind: 'goto', chain: list },
    names: [...makers.keys()],
    chain: (name) => ({ name, rules: makers.get(name)?.() ?? [] }),
  }
}

const tierIdentity = ({ name, ends, segments }: TierSegments): unknown => [name, ends, segmentsIdentity(segments)]

/** Behind a tier that ends with Deny, and of which no policy passes, nothing is ever asked. */
function reachable(tiers: readonly TierSegments[]): readonly TierSegments[] {
  const end = tiers.findIndex(({ ends, passes }) => ends && !passes)
  return end < 0 ? tiers : tiers.slice(0, end + 1)
}

function tierRules({ name, segments, ends }: TierSegments, passMark: number): readonly Rule[] {
  const asked = jumps(segments, passMark)
  if (!ends) return asked
  const comment = `no policy of tier ${name} allows it`
  return [...asked, { matches: [], counter: true, action: { kind: 'drop' }, comment }]
}

function jumps(segments: readonly Segment[], passMark: number): readonly Rule[] {
  const passed: Rule = {
    matches: [{ kind: 'mark', mask: passMark, value: passMark }],
    action: { kind: 'return' },
    comment: 'passed to the next tier',
  }
  return segments.flatMap(({ chain, title, passes }) => {
    const jump = rule({ kind: 'jump', chain }, title)
    return passes ? [jump, passed] : [jump]
  })
}

const unmark = (passMark: number, comment: string): Rule =>
  rule({ kind: 'set-mark', mask: passMark, value: 0, next: 'continue' }, comment)

const rule = (action: Action, comment: string): Rule => ({ matches: [], action, comment })
