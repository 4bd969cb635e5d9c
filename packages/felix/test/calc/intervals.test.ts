import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Box, disjointBoxes } from '../../src/calc/sets/disjoint-boxes.ts'
import { difference, type Interval, unionOf } from '../../src/calc/sets/intervals.ts'

const numbers = Array.from({ length: 40 }, (_, index) => BigInt(index))
const interval: fc.Arbitrary<Interval> = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.integer({ min: 0, max: 12 }))
  .map(([first, more]) => ({ first: BigInt(first), last: BigInt(Math.min(first + more, 39)) }))
const intervals = fc.array(interval, { maxLength: 8 })
const has = (list: readonly Interval[], value: bigint) =>
  list.some(({ first, last }) => first <= value && value <= last)

/** Ascending, with a gap between each two. */
const isNormal = (list: readonly Interval[]) =>
  list.every(({ first, last }, index) => first <= last && first > (list[index - 1]?.last ?? -2n) + 1n)

describe('intervals', () => {
  test('a union has what any of them has', () => {
    fc.assert(
      fc.property(intervals, (list) => {
        const union = unionOf(list)
        expect(isNormal(union)).toBe(true)
        for (const value of numbers) expect(has(union, value)).toBe(has(list, value))
      }),
    )
  })

  test('a difference has what the first has and the second has not', () => {
    fc.assert(
      fc.property(intervals, intervals, (from, minus) => {
        const left = difference(unionOf(from), unionOf(minus))
        expect(isNormal(left)).toBe(true)
        for (const value of numbers) expect(has(left, value)).toBe(has(from, value) && !has(minus, value))
      }),
    )
  })
})

describe('disjointBoxes', () => {
  const box: fc.Arbitrary<Box> = fc.record({
    addresses: interval,
    protocol: fc.constantFrom(6, 17),
    ports: interval,
  })
  const within = ({ addresses, protocol, ports }: Box, address: bigint, number: number, port: bigint) =>
    protocol === number && has([addresses], address) && has([ports], port)

  test('each point of the boxes is in exactly one, and no other point is', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 6 }), (boxes) => {
        const found = disjointBoxes(boxes) ?? boxes
        for (const address of numbers) {
          for (const port of numbers) {
            for (const protocol of [6, 17]) {
              const times = found.filter((each) => within(each, address, protocol, port)).length
              const wanted = boxes.some((each) => within(each, address, protocol, port)) ? 1 : 0
              if (times !== wanted) expect({ address, port, protocol, times }).toEqual({ times: wanted })
            }
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  test('a thousand boxes apart stay a thousand', () => {
    const boxes = Array.from({ length: 1000 }, (_, index): Box => {
      const first = BigInt(index * 256)
      return {
        addresses: { first, last: first + 255n },
        protocol: 6,
        ports: { first: BigInt(index), last: BigInt(index) },
      }
    })
    expect(disjointBoxes(boxes)).toEqual(boxes)
  })

  test('boxes that would fall into very many are left as they are', () => {
    const boxes = Array.from({ length: 1000 }, (_, index): Box => {
      const port = BigInt(2 * index)
      return { addresses: { first: BigInt(index), last: 10_000n }, protocol: 6, ports: { first: port, last: port } }
    })
    expect(disjointBoxes(boxes)).toBeUndefined()
  })
})
