import { expect, test } from '@jest/globals'
import type { Delta } from '../../../src/calc/delta.ts'
import { type Item, itemKey } from '../../../src/calc/items.ts'
import type { Rule, Verdict } from '../../../src/calc/ruleset.ts'
import { PolicyGraph } from '../../../src/dataplane/flows/policy-graph.ts'

const jump = (chain: string): Rule => ({ matches: [], action: { kind: 'jump', chain }, comment: chain })
const lookup = (set: string): Rule => ({
  matches: [{ kind: 'set', fields: ['ip saddr'], set }],
  action: { kind: 'accept' },
  comment: set,
})
const chain = (name: string, ...rules: readonly Rule[]): Item => ({ kind: 'chain', chain: { name, rules } })
const dispatch = (name: string, verdict: Verdict): Item => ({ kind: 'dispatch', map: 'm', parts: [name], verdict })
const goto = (name: string): Verdict => ({ kind: 'goto', chain: name })
const upsert = (item: Item): Delta => ({ key: itemKey(item), kind: item.kind, item })
const removal = (item: Item): Delta => ({ key: itemKey(item), kind: item.kind })

function graphOf(...items: readonly Item[]): PolicyGraph {
  const graph = new PolicyGraph()
  for (const item of items) graph.accept(upsert(item))
  return graph
}

test('interfaces are found from a policy over the lists that jump to it, and from sets over their readers', () => {
  const graph = graphOf(
    chain('p1', lookup('s1')),
    chain('p2', lookup('s1'), lookup('s2')),
    chain('l1', jump('p1')),
    chain('l2', jump('p1'), jump('p2')),
    dispatch('cali1', goto('l1')),
    dispatch('cali2', goto('l2')),
    dispatch('cali3', { kind: 'accept' }),
  )
  const of = (...chains: readonly string[]) => [...graph.interfacesOf(chains)]
  expect(of('p1')).toEqual(['cali1', 'cali2'])
  expect(of('p2')).toEqual(['cali2'])
  expect(of('l1', 'p2')).toEqual(['cali1', 'cali2'])
  expect(of('elsewhere')).toEqual([])
  expect(graph.readersOf('s1')).toEqual(new Set(['p1', 'p2']))
  expect([...graph.readersOf('s2')]).toEqual(['p2'])
})

test('changes and removals take back what was there', () => {
  const graph = graphOf(chain('p1', lookup('s1')), chain('l1', jump('p1')), dispatch('cali1', goto('l1')))
  graph.accept(upsert(dispatch('cali1', goto('l2'))))
  expect([...graph.interfacesOf(['p1'])]).toEqual([])
  expect([...graph.interfacesOf(['l2'])]).toEqual(['cali1'])
  graph.accept(upsert(chain('p1', lookup('s2'))))
  expect([...graph.readersOf('s1')]).toEqual([])
  graph.accept(removal(chain('p1')))
  expect([...graph.readersOf('s2')]).toEqual([])
  graph.accept(removal(dispatch('cali1', goto('l2'))))
  expect([...graph.interfacesOf(['l2'])]).toEqual([])
})
