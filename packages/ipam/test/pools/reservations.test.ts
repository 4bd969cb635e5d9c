import { expect, test } from '@jest/globals'
import { addressAt, type Prefix, prefixContains, prefixOf, prefixSize } from '@manx/api'
import fc from 'fast-check'
import { blocksOf } from '../../src/pools/find-block.ts'
import { createReservations } from '../../src/pools/reservations.ts'
import { prefix } from '../support/prefix.ts'

const somePrefix = fc
  .record({
    family: fc.constantFrom(4 as const, 6 as const),
    value: fc.bigInt({ min: 0n, max: 63n }),
    length: fc.nat({ max: 6 }),
  })
  .map(({ family, value, length }): Prefix => prefixOf({ family, value }, (family === 4 ? 26 : 122) + length))

const addressesOf = (block: Prefix) =>
  Array.from({ length: Number(prefixSize(block)) }, (_, ordinal) => addressAt(block, ordinal) ?? block)

test('just the addresses of some reservation are reserved, however many it takes for a block', () => {
  fc.assert(
    fc.property(fc.array(somePrefix, { maxLength: 8 }), somePrefix, (reserved, block) => {
      const { has, covering, within } = createReservations(reserved)
      const expected = addressesOf(block).map((address) => reserved.some((one) => prefixContains(one, address)))
      expect(addressesOf(block).map(has)).toEqual(expected)
      expect(addressesOf(block).map((_, ordinal) => within(block)(ordinal))).toEqual(expected)
      const around = covering(block)
      expect(around !== undefined).toBe(expected.every((one) => one))
      if (around !== undefined) expect(prefixContains(around, block)).toBe(true)
    }),
  )
})

test('of a pool as many blocks are reserved as none of whose addresses may be given out', () => {
  fc.assert(
    fc.property(fc.array(somePrefix, { maxLength: 8 }), somePrefix, fc.nat({ max: 6 }), (reserved, pool, bits) => {
      const most = pool.family === 4 ? 32 : 128
      const shape = { prefix: pool, blockLength: Math.min(most, pool.length + bits) }
      const reservations = createReservations(reserved)
      const whole = [...blocksOf(shape, 0)].filter((block) => addressesOf(block).every(reservations.has))
      expect(reservations.blocksOf(shape)).toBe(BigInt(whole.length))
    }),
  )
})

test('the halves of a range cover it, and what lies beside it does not', () => {
  const { covering } = createReservations(['10.0.1.0/25', '10.0.0.0/24', '10.0.1.128/25', '10.0.0.7/32'].map(prefix))
  expect(covering(prefix('10.0.0.64/26'))).toEqual(prefix('10.0.0.0/23'))
  expect(covering(prefix('10.0.2.0/26'))).toBeUndefined()
})
