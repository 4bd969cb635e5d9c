import { describe, expect, test } from '@jest/globals'
import { ItemStore } from '../../src/calc/item-store.ts'
import type { Item } from '../../src/calc/items.ts'
import type { Verdict } from '../../src/calc/ruleset.ts'

const chain = (name: string, ...comments: readonly string[]): Item => ({
  kind: 'chain',
  chain: { name, rules: comments.map((comment) => ({ matches: [], action: { kind: 'accept' }, comment })) },
})
const dispatch = (name: string, verdict: Verdict): Item => ({ kind: 'dispatch', map: 'm', parts: [name], verdict })

describe('ItemStore', () => {
  test('a chain that endpoints share stays until the last of them lets go', () => {
    const store = new ItemStore()
    const shared = chain('list-1', 'a')
    const verdict: Verdict = { kind: 'goto', chain: 'list-1' }
    store.set('endpoint/1', [dispatch('1', verdict), shared])
    store.set('endpoint/2', [dispatch('2', verdict), chain('list-1', 'a')])
    expect(store.flush().map(({ key }) => key)).toEqual(['chain|list-1', 'element|m|1', 'element|m|2'])
    store.set('endpoint/1', [])
    expect(store.flush().map(({ key }) => key)).toEqual(['element|m|1'])
    store.set('endpoint/2', [])
    expect(store.flush().map(({ key }) => key)).toEqual(['element|m|2', 'chain|list-1'])
    expect(store.conflicts()).toEqual([])
  })

  test('a disagreement is named until it ends', () => {
    const store = new ItemStore()
    store.set('b', [chain('x', 'b')])
    store.set('a', [chain('x', 'a')])
    store.set('c', [chain('x', 'b')])
    expect(store.conflicts()).toEqual([{ key: 'chain|x', winner: 'a', losers: ['b', 'c'] }])
    store.set('a', [chain('x', 'b')])
    expect(store.conflicts()).toEqual([])
    store.set('c', [])
    store.set('b', [chain('x', 'new')])
    expect(store.conflicts()).toEqual([{ key: 'chain|x', winner: 'a', losers: ['b'] }])
    store.set('a', [])
    expect(store.conflicts()).toEqual([])
    expect(store.flush()).toMatchObject([{ key: 'chain|x', item: chain('x', 'new') }])
  })
})
