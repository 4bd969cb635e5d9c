import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { NumberSet } from '../src/selectors/label-index/number-set.ts'

/** Small ones, so that members repeat, and large ones, so that the form changes. */
const anyNumber = fc.oneof(fc.nat(70), fc.nat(2000), fc.constantFrom(31, 32, 33, 63, 64, 100_000))
const anyOperations = fc.array(fc.record({ add: fc.boolean(), number: anyNumber }), { maxLength: 200, size: 'max' })

describe('a set of numbers', () => {
  test('is as a Set, whatever is added and deleted', () => {
    fc.assert(
      fc.property(anyOperations, (operations) => {
        const set = new NumberSet()
        const expected = new Set<number>()
        for (const { add, number } of operations) {
          set[add ? 'add' : 'delete'](number)
          expected[add ? 'add' : 'delete'](number)
          expect(set.size).toBe(expected.size)
          expect(set.has(number)).toBe(add)
        }
        expect([...set].sort((a, b) => a - b)).toEqual([...expected].sort((a, b) => a - b))
        for (let number = 0; number < 70; number++) expect(set.has(number)).toBe(expected.has(number))
      }),
    )
  })

  test('gives each member once while those just given are deleted', () => {
    for (const count of [1, 2, 20, 300, 5000]) {
      const set = new NumberSet()
      for (let number = 0; number < count; number++) set.add(number * 3)
      let given = 0
      for (const number of set) {
        set.delete(number)
        given++
      }
      expect([given, set.size, [...set]]).toEqual([count, 0, []])
    }
  })
})
