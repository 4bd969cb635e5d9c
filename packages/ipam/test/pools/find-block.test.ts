import { describe, expect, test } from '@jest/globals'
import { comparePrefixes, formatPrefix, prefixContains, prefixOf } from '@manx/api'
import fc from 'fast-check'
import { BlockSpace } from '../../src/pools/block-space.ts'
import { type BlockSummary, blocksOf, findBlock } from '../../src/pools/find-block.ts'
import { decodePool } from '../../src/pools/pool.ts'
import { createReservations, noReservations } from '../../src/pools/reservations.ts'
import { prefix } from '../support/prefix.ts'

const pool = (cidr: string, blockSize?: number, name = 'p') =>
  decodePool({ metadata: { name }, spec: { cidr, ...(blockSize === undefined ? {} : { blockSize }) } })
const now = 1_772_366_400_000

function existing(...blocks: (Partial<BlockSummary> & { cidr: string })[]): BlockSpace<BlockSummary> {
  return new BlockSpace<BlockSummary>(
    blocks.map(({ cidr, ...rest }) => ({
      prefix: prefix(cidr),
      affinity: 'host:b',
      claimedAt: 0,
      free: 0,
      empty: false,
      sequenceNumber: 1n,
      ...rest,
    })),
  )
}

const search = (blocks: BlockSpace<BlockSummary>, pools = [pool('10.0.0.0/26', 28)]) =>
  findBlock({ pools, affinity: 'host:a', existing: blocks, reservations: noReservations, now })

describe('the search for a block', () => {
  test('finds every block of the pool before it gives up', () => {
    const blocks = existing()
    const found = new Set<string>()
    for (let turn = 0; turn < 4; turn++) {
      const result = search(blocks)
      if (result.kind !== 'claim') throw new Error('gave up')
      const cidr = formatPrefix(result.prefix)
      found.add(cidr)
      for (const block of existing({ cidr }).values()) blocks.set(block)
    }
    expect([...found].sort((a, b) => a.localeCompare(b))).toEqual([
      '10.0.0.0/28',
      '10.0.0.16/28',
      '10.0.0.32/28',
      '10.0.0.48/28',
    ])
    expect(search(blocks)).toEqual({ kind: 'reclaim', blocks: [] })
  })

  test.each([
    ['longer', ['10.0.0.0/30', '10.0.0.16/32', '10.0.0.47/32']],
    ['shorter', ['10.0.0.0/27', '10.0.0.32/28']],
  ])('leaves out what blocks of another, %s length have', (_, cidrs) => {
    const blocks = existing(...cidrs.map((cidr) => ({ cidr })))
    expect(search(blocks)).toEqual({ kind: 'claim', prefix: prefix('10.0.0.48/28') })
    blocks.set({ prefix: prefix('10.0.0.63/32'), free: 1, empty: true, sequenceNumber: 1n })
    expect(search(blocks).kind).toBe('reclaim')
    blocks.delete(prefix('10.0.0.63/32'))
    expect(search(blocks).kind).toBe('claim')
  })

  test('goes to the next pool when the first is full', () => {
    const pools = [pool('10.0.0.0/28', 28, 'a'), pool('10.1.0.0/28', 28, 'b')]
    expect(search(existing({ cidr: '10.0.0.0/28' }), pools)).toEqual({ kind: 'claim', prefix: prefix('10.1.0.0/28') })
  })

  test('takes up an own block with space that it did not know of', () => {
    const blocks = existing({ cidr: '10.0.0.0/28', affinity: 'host:a', free: 1 })
    expect(search(blocks, [pool('10.0.0.0/28', 28)])).toEqual({ kind: 'claim', prefix: prefix('10.0.0.0/28') })
  })

  test.each([
    ['old and empty', { empty: true, free: 16 }, 1],
    ['in use', { empty: false, free: 10 }, 0],
    ['empty but claimed within the minute', { empty: true, free: 16, claimedAt: now - 59_000 }, 0],
    ['empty but resting', { empty: true, free: 0 }, 0],
  ])('with all taken, a block of another node that is %s may be taken over: %#', (_, facts, count) => {
    const blocks = existing({ cidr: '10.0.0.0/28', ...facts })
    const result = search(blocks, [pool('10.0.0.0/28', 28)])
    expect(result.kind === 'reclaim' && result.blocks.length).toBe(count)
  })

  test('leaves out blocks that are reserved as a whole', () => {
    const reservations = createReservations([prefix('10.0.0.0/27')])
    const result = findBlock({
      pools: [pool('10.0.0.0/26', 27)],
      affinity: 'host:a',
      existing: existing(),
      reservations,
      now,
    })
    expect(result).toEqual({ kind: 'claim', prefix: prefix('10.0.0.32/27') })
  })

  test('a block of a huge pool is found behind what is reserved of it', () => {
    const reservations = createReservations([prefix('fd00:10::/64'), prefix('fd00:10:0:1::/64')])
    const pools = [pool('fd00:10::/48')]
    const found = findBlock({ pools, affinity: 'host:a', existing: existing(), reservations, now })
    expect(found).toEqual({ kind: 'claim', prefix: prefix('fd00:10:0:2::/122') })
  })

  test('there is none in a huge pool that is reserved as a whole', () => {
    for (const cidr of ['fd00:10::/48', 'fd00::/16']) {
      const reservations = createReservations([prefix(cidr)])
      const pools = [pool('fd00:10::/48')]
      const found = findBlock({ pools, affinity: 'host:a', existing: existing(), reservations, now })
      expect(found).toEqual({ kind: 'reclaim', blocks: [] })
    }
  })

  test('a block of a huge pool is found behind a much larger block that there is', () => {
    const found = search(existing({ cidr: 'fd00:10::/64' }), [pool('fd00:10::/48')])
    expect(found).toEqual({ kind: 'claim', prefix: prefix('fd00:10:0:1::/122') })
  })

  test('leaves out what was barred, and all that is in it', () => {
    const barred = new BlockSpace([{ prefix: prefix('10.0.0.0/27') }, { prefix: prefix('10.0.0.32/28') }])
    const among = { pools: [pool('10.0.0.0/26', 28)], affinity: 'host:a', reservations: noReservations, barred, now }
    const last = prefix('10.0.0.48/28')
    expect(findBlock({ ...among, existing: existing() })).toEqual({ kind: 'claim', prefix: last })
    expect(findBlock({ ...among, existing: existing({ cidr: '10.0.0.48/28' }) }).kind).toBe('reclaim')
  })

  test('nodes with similar names begin at different places', () => {
    const big = [pool('10.0.0.0/16')]
    const starts = Array.from({ length: 30 }, (_, index) => {
      const found = findBlock({
        pools: big,
        affinity: `host:node-${index}`,
        existing: existing(),
        reservations: noReservations,
        now,
      })
      return found.kind === 'claim' ? formatPrefix(found.prefix) : ''
    })
    expect(new Set(starts).size).toBeGreaterThan(25)
  })
})

test('the walk meets each block of a pool once, whatever the seed', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 0, max: 6 }), fc.constantFrom(4, 6), (seed, bits, family) => {
      const cidr = family === 4 ? '10.0.0.0/20' : 'fd00::/116'
      const one = pool(cidr, (family === 4 ? 20 : 116) + bits)
      const walked = [...blocksOf(one, seed)]
      expect(new Set(walked.map(formatPrefix)).size).toBe(2 ** bits)
      expect(walked.length).toBe(2 ** bits)
      expect(walked.every((block) => prefixContains(one.prefix, block))).toBe(true)
    }),
  )
})

test('the walk meets each block once that is not taken, and asks once about what is', () => {
  const ranges = fc.array(
    fc
      .record({ length: fc.integer({ min: 20, max: 26 }), value: fc.nat({ max: 63 }) })
      .map(({ length, value }) => prefixOf({ family: 4, value: (10n << 24n) + BigInt(value << 6) }, length)),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(fc.nat(), ranges, (seed, taken) => {
      const one = pool('10.0.0.0/20')
      const { covering } = createReservations(taken)
      let asked = 0
      const walked = [
        ...blocksOf(one, seed, (block) => {
          asked++
          return covering(block)
        }),
      ]
      const free = [...blocksOf(one, 0)].filter((block) => !taken.some((range) => prefixContains(range, block)))
      expect(walked.toSorted(comparePrefixes)).toEqual(free)
      // The walk may begin within one, and then comes back to its beginning.
      expect(asked).toBeLessThanOrEqual(free.length + taken.length + 1)
    }),
  )
})

test('the walk of a huge IPv6 pool is lazy', () => {
  expect(blocksOf(pool('fd00::/64'), 7).next().value).toEqual(prefix('fd00::1c0/122'))
})
