import { expect, jest, test } from '@jest/globals'
import { createStore, formatPrefix, type Prefix, prefixContains, prefixOf } from '@manx/api'
import fc from 'fast-check'
import { BlockIndex } from '../src/controller/block-index.ts'
import type { KnownBlock } from '../src/controller/informers.ts'
import { decodePool } from '../src/pools/pool.ts'
import { createReservations, noReservations } from '../src/pools/reservations.ts'
import { prefix } from './support/prefix.ts'

const pool = (cidr: string) => decodePool({ metadata: { name: cidr }, spec: { cidr } })
const pools = [pool('10.0.0.0/24'), pool('10.0.0.0/22'), pool('10.0.3.0/24')]

const block = (place: Prefix, free = 64): KnownBlock => ({
  prefix: place,
  affinity: 'host:a',
  free,
  empty: free === 64,
  sequenceNumber: 1n,
  used: new Map(),
  allocations: [],
})

const somePlace = fc
  .record({ value: fc.nat({ max: 15 }), length: fc.constantFrom(25, 26, 28) })
  .map(({ value, length }) => prefixOf({ family: 4, value: (10n << 24n) + BigInt(value << 6) }, length))

test('the blocks of each pool are counted, however they come and go', () => {
  const change = fc.record({
    place: somePlace,
    how: fc.constantFrom('set', 'delete', 'note', 'drop', 'reserve'),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const store = createStore<KnownBlock>()
      const index = new BlockIndex(store, () => undefined)
      let reservations = noReservations
      for (const { place, how } of changes) {
        if (how === 'set') store.set(formatPrefix(place), block(place))
        else if (how === 'delete') store.delete(formatPrefix(place))
        else if (how === 'note') index.note(block(place))
        else if (how === 'drop') index.drop(place)
        else reservations = createReservations([place])
        const there = [...index.space.values()].filter((one) => reservations.covering(one.prefix) === undefined)
        for (const one of pools) {
          const inside = there.filter((other) => prefixContains(one.prefix, other.prefix))
          expect(index.countIn(one, reservations)).toBe(inside.length)
        }
      }
    }),
  )
})

test('a change of a block costs no look at the others', () => {
  const store = createStore<KnownBlock>()
  const index = new BlockIndex(store, () => undefined)
  const [one] = pools
  if (one === undefined) throw new Error('no pool')
  for (let at = 0; at < 4; at++) store.set(String(at), block(prefix(`10.0.0.${at * 64}/26`)))
  expect(index.countIn(one, noReservations)).toBe(4)
  const looks = jest.spyOn(index.space, 'values')
  store.set('0', block(prefix('10.0.0.0/26'), 63))
  expect(index.countIn(one, noReservations)).toBe(4)
  store.delete('1')
  expect(index.countIn(one, noReservations)).toBe(3)
  store.set('1', block(prefix('10.0.0.64/26')))
  expect(index.countIn(one, noReservations)).toBe(4)
  expect(looks).not.toHaveBeenCalled()
})
