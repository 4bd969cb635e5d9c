import { expect, test } from '@jest/globals'
import { percentile } from '../src/measure.ts'

for (const [values, percent, expected] of [
  [[5], 50, 5],
  [[3, 1, 2], 50, 2],
  [[1, 2, 3, 4], 50, 2],
  [[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], 99, 10],
  [[2, 1], 0, 1],
] as const) {
  test(`percentile ${percent} of ${values.join(', ')} is ${expected}`, () => {
    expect(percentile(values, percent)).toBe(expected)
  })
}

test('an empty list has no percentile', () => {
  expect(() => percentile([], 50)).toThrow(RangeError)
})
