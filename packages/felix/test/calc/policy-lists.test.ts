import { expect, test } from '@jest/globals'
import { ItemStore } from '../../src/calc/item-store.ts'
import { PolicyLists } from '../../src/calc/policy/policy-lists.ts'

const context = { namespace: 'shop', direction: 'Ingress', common: [], tiers: [], passMark: 1 } as const

test('a list is given once more only while some endpoint has it, and is always the same object', () => {
  const lists = new PolicyLists(new ItemStore())
  const old = lists.take([], context)
  expect(lists.again(old)).toBe(old)
  lists.release(old)
  lists.release(old)
  expect(() => lists.again(old)).toThrow(expect.objectContaining({ name: 'FelixError', code: 'Internal' }))
  const found = lists.take([], context)
  expect(lists.again(old)).toBe(found)
})
