import { type PolicyDirection, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { Action, Chain, Rule, Verdict } from '../ruleset.ts'
import { mayPass } from './policy-chain.ts'
import { listChainName, policyChainName, policyTitle } from './policy-names.ts'

export interface ListChains {
  /** Where the packets of an endpoint with these policies go. */
  readonly verdict: Verdict
  readonly chains: readonly Chain[]
}

/**
 * The chains that ask the policies of an endpoint one after the other. What they are called depends on what is in them, so
 * that endpoints with the same list share them.
 */
export function listChains(tiers: readonly AppliedTier[], direction: PolicyDirection, passMark: number): ListChains {
  if (tiers.length === 0) return { verdict: { kind: 'accept' }, chains: [] }
  const chains: Chain[] = []
  const rules: Rule[] = []
  let open = true
  for (const applied of tiers) {
    const { tier, policies } = applied
    const passes = policies.some((policy) => mayPass(policy, direction))
    const asked = tierRules(applied, direction, passMark)
    if (passes) {
      // Out of a chain of its own a packet can get past the rest of the tier.
      const chain = { name: listChainName('t', direction, asked), rules: asked }
      chains.push(chain)
      rules.push(rule({ kind: 'jump', chain: chain.name }, `tier ${tier.name}`))
      rules.push(rule({ kind: 'set-mark', mask: passMark, value: 0, next: 'continue' }, 'next tier'))
    } else rules.push(...asked)
    open = passes || tier.defaultAction === 'Pass'
    if (!open) break
  }
  if (open) rules.push(rule({ kind: 'accept' }, 'passed by all tiers: allowed by the profile'))
  const list: Chain = { name: listChainName('l', direction, rules), rules }
  return { verdict: { kind: 'goto', chain: list.name }, chains: [...chains, list] }
}

/** What decides whether two lists are the same, in short. */
export function listIdentity(tiers: readonly AppliedTier[], direction: PolicyDirection): unknown {
  return tiers.map(({ tier, policies }) => [
    tier.name,
    tier.defaultAction,
    policies.map((policy) => `${policyKey(policy)}${mayPass(policy, direction) ? ' passes' : ''}`),
  ])
}

function tierRules({ tier, policies }: AppliedTier, direction: PolicyDirection, passMark: number): readonly Rule[] {
  const passed: Rule = {
    matches: [{ kind: 'mark', mask: passMark, value: passMark }],
    action: { kind: 'return' },
    comment: 'passed to the next tier',
  }
  const asked = policies.flatMap((policy) => {
    const jump = rule({ kind: 'jump', chain: policyChainName(policy, direction) }, policyTitle(policy))
    return mayPass(policy, direction) ? [jump, passed] : [jump]
  })
  if (tier.defaultAction === 'Pass') return asked
  const end: Rule = {
    matches: [],
    counter: true,
    action: { kind: 'drop' },
    comment: `no policy of tier ${tier.name} allows it`,
  }
  return [...asked, end]
}

const rule = (action: Action, comment: string): Rule => ({ matches: [], action, comment })
