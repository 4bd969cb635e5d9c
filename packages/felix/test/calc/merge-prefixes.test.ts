import { describe, expect, test } from '@jest/globals'
import { type Prefix, parsePrefix } from '@manx/api'
import fc from 'fast-check'
import { mergePrefixes, rangeText } from '../../src/calc/merge-prefixes.ts'

const merge = (family: 4 | 6, ...texts: readonly string[]): string[] =>
  mergePrefixes(
    texts.map((text) => parsePrefix(text)).filter((prefix): prefix is Prefix => prefix !== undefined),
    family,
  ).map(rangeText)

describe('mergePrefixes', () => {
  const cases: readonly (readonly [4 | 6, readonly string[], readonly string[]])[] = [
    [4, [], []],
    [4, ['10.0.0.0/16', 'fd00::/64'], ['10.0.0.0-10.0.255.255']],
    [4, ['10.1.0.0/16', '10.0.0.0/16'], ['10.0.0.0-10.1.255.255']],
    [4, ['10.0.0.0/8', '10.3.0.0/16'], ['10.0.0.0-10.255.255.255']],
    [4, ['10.0.0.1/32', '10.0.0.3/32'], ['10.0.0.1-10.0.0.1', '10.0.0.3-10.0.0.3']],
    [4, ['0.0.0.0/0'], ['0.0.0.0-255.255.255.255']],
    [6, ['fd00::/64', 'fd00:0:0:1::/64'], ['fd00::-fd00::1:ffff:ffff:ffff:ffff']],
  ]
  test.each(cases)('IPv%p %p becomes %p', (family, prefixes, expected) => {
    expect(merge(family, ...prefixes)).toEqual(expected)
  })

  test('ranges are disjoint, apart, ascending, and cover exactly the prefixes', () => {
    const prefix = fc.record({ value: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 24, max: 32 }) })
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 12 }), (list) => {
        const prefixes = list.map(({ value, length }): Prefix => {
          const host = BigInt(32 - length)
          return { family: 4, value: (BigInt(value) >> host) << host, length }
        })
        const ranges = mergePrefixes(prefixes, 4)
        ranges.forEach((range, index) => {
          const next = ranges[index + 1]
          expect(range.first.value).toBeLessThanOrEqual(range.last.value)
          if (next !== undefined) expect(next.first.value).toBeGreaterThan(range.last.value + 1n)
        })
        for (let value = 0n; value < 256n; value++) {
          const inside = prefixes.some((p) => p.value >> BigInt(32 - p.length) === value >> BigInt(32 - p.length))
          expect(ranges.some((range) => range.first.value <= value && value <= range.last.value)).toBe(inside)
        }
      }),
    )
  })
})
