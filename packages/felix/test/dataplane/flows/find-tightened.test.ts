import { expect, test } from '@jest/globals'
import type { Delta } from '../../../src/calc/delta.ts'
import { type Item, itemKey, membersKey } from '../../../src/calc/items.ts'
import type { Match, Rule, SetSpec, Verdict } from '../../../src/calc/ruleset.ts'
import { findTightened } from '../../../src/dataplane/flows/find-tightened.ts'
import { PolicyGraph } from '../../../src/dataplane/flows/policy-graph.ts'
import { TableState } from '../../../src/dataplane/nft/table-state.ts'

const accept: Verdict = { kind: 'accept' }
const drop: Verdict = { kind: 'drop' }
const rule = (action: Rule['action'], ...matches: readonly Match[]): Rule => ({ matches, action, comment: 'rule' })
const from = (set: string, not?: true): Match => ({
  kind: 'set',
  fields: ['ip saddr'],
  set,
  ...(not === undefined ? {} : { not }),
})
const tcp: Match = { kind: 'protocol', protocol: 'tcp' }
const chain = (name: string, ...rules: readonly Rule[]): Item => ({ kind: 'chain', chain: { name, rules } })
const set = (name: string, more: Partial<SetSpec> = {}): Item => ({
  kind: 'set',
  set: { name, key: ['ipv4'], ...more },
})
const dispatch = (name: string, verdict: Verdict): Item => ({ kind: 'dispatch', map: 'm', parts: [name], verdict })
const upsert = (item: Item): Delta => ({ key: itemKey(item), kind: item.kind, item })
const members = (name: string, added: readonly string[], removed: readonly string[] = []): Delta => ({
  kind: 'members',
  key: membersKey(name),
  set: name,
  added: added.map((each) => [each]),
  removed: removed.map((each) => [each]),
})

const before: readonly Delta[] = [
  upsert({ kind: 'set', set: { name: 'm', key: ['interface'], verdicts: true } }),
  upsert(set('allowed')),
  upsert(set('denied')),
  upsert(set('spared')),
  upsert(set('nets', { interval: true })),
  members('allowed', ['10.0.0.1', '10.0.0.2']),
  members('denied', ['10.0.0.3']),
  members('spared', ['10.0.0.4']),
  members('nets', ['10.0.0.0-10.0.0.9']),
  upsert(
    chain(
      'policy',
      rule(accept, from('allowed')),
      rule(drop, from('denied')),
      rule(drop, from('spared', true)),
      rule(accept, from('nets')),
    ),
  ),
  upsert(chain('list', rule({ kind: 'jump', chain: 'policy' }), rule(drop))),
  upsert(dispatch('cali1', { kind: 'goto', chain: 'list' })),
  upsert(dispatch('cali2', accept)),
]

/** What is found tightened by changes to a kernel that holds `before`. */
function tightened(...deltas: readonly Delta[]) {
  const state = new TableState()
  const graph = new PolicyGraph()
  const acceptAll = (list: readonly Delta[]) => {
    for (const delta of list) {
      state.accept(delta)
      graph.accept(delta)
    }
  }
  acceptAll(before)
  state.rebuilt(state.everything())
  acceptAll(deltas)
  const plan = state.changes()
  if (plan === undefined) throw new Error('nothing to write')
  const { interfaces, addresses } = findTightened(plan, state, graph)
  return { interfaces: [...interfaces], addresses: [...addresses] }
}
const policy = (...rules: readonly Rule[]) => upsert(chain('policy', ...rules))
const rules = [
  rule(accept, from('allowed')),
  rule(drop, from('denied')),
  rule(drop, from('spared', true)),
  rule(accept, from('nets')),
]

test.each<[string, readonly Delta[], readonly string[], readonly string[]]>([
  ['a member that is allowed comes', [members('allowed', ['10.0.0.9'])], [], []],
  ['a member that is allowed goes', [members('allowed', [], ['10.0.0.1'])], [], ['10.0.0.1']],
  ['a member that is denied comes', [members('denied', ['10.0.0.9'])], [], ['10.0.0.9']],
  ['a member that is denied goes', [members('denied', [], ['10.0.0.3'])], [], []],
  ['a member that is spared goes', [members('spared', [], ['10.0.0.4'])], [], ['10.0.0.4']],
  ['a range that is allowed goes', [members('nets', [], ['10.0.0.0-10.0.0.9'])], ['cali1'], []],
  ['a rule that allows comes', [policy(...rules, rule(accept, tcp))], [], []],
  ['a rule that allows comes first', [policy(rule(accept, tcp), ...rules)], [], []],
  ['a rule that denies comes', [policy(rule(drop, tcp), ...rules)], ['cali1'], []],
  ['a rule goes', [policy(...rules.slice(1))], ['cali1'], []],
  ['a policy of a list goes', [upsert(chain('list', rule(drop)))], ['cali1'], []],
  ['an endpoint gets policies', [upsert(dispatch('cali2', { kind: 'goto', chain: 'list' }))], ['cali2'], []],
  ['an endpoint loses its policies', [upsert(dispatch('cali1', accept))], [], []],
  ['an endpoint comes', [upsert(dispatch('cali3', { kind: 'goto', chain: 'list' }))], [], []],
])('%s', (_, deltas, interfaces, addresses) => {
  expect(tightened(...deltas)).toEqual({ interfaces, addresses })
})
