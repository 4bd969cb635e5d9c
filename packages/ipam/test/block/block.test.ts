import { describe, expect, test } from '@jest/globals'
import { assignNext, assignOrdinal } from '../../src/block/assign.ts'
import { allocationsOf, isEmpty } from '../../src/block/block.ts'
import { checkBlock } from '../../src/block/check-block.ts'
import { decodeBlock, encodeBlock } from '../../src/block/codec.ts'
import { collect } from '../../src/block/collect.ts'
import { newBlock } from '../../src/block/new-block.ts'
import { release, releaseHandle } from '../../src/block/release.ts'
import { countWrite } from '../../src/block/sequence-number.ts'
import { prefix } from '../support/prefix.ts'

const start = Date.parse('2026-03-01T12:00:00.5Z')
const warm = { now: start, cooldownSeconds: 0 }
const owner = (handle: string) => ({ handle, owner: { pod: handle, namespace: 'default' } })

describe('a new block', () => {
  test('is stored as Calico stores it', () => {
    const block = newBlock(prefix('10.0.0.8/30'), 'host:node-1', start)
    expect(JSON.parse(JSON.stringify(encodeBlock(block)))).toEqual({
      cidr: '10.0.0.8/30',
      affinity: 'host:node-1',
      affinityClaimTime: '2026-03-01T12:00:00Z',
      strictAffinity: false,
      allocations: [null, null, null, null],
      unallocated: [0, 1, 2, 3],
      attributes: [],
      sequenceNumber: start * 1000,
      sequenceNumberForAllocation: {},
      deleted: false,
    })
  })

  test('keeps its sequence number digit by digit beyond what a JavaScript number holds', () => {
    const block = { ...newBlock(prefix('10.0.0.8/32'), undefined, start), sequenceNumber: 1_772_366_400_500_000_001n }
    expect(JSON.stringify(encodeBlock(block))).toContain('"sequenceNumber":1772366400500000001,')
  })

  test.each([
    ['10.0.0.0/26', 64],
    ['fd00:10:244::/122', 64],
    ['10.0.0.0/32', 1],
    ['fd00::/116', 4096],
  ])('%s gives out all %i addresses, the first and the last too', (text, size) => {
    const { block, ordinals } = assignNext(newBlock(prefix(text), 'host:a', start), owner('h'), 5000)
    expect(ordinals).toEqual(Array.from({ length: size }, (_, ordinal) => ordinal))
    expect(block.unallocated).toEqual([])
    expect(checkBlock(block, start)).toEqual([])
  })
})

describe('the sequence number', () => {
  test.each([
    ['a new block', BigInt(start) * 1000n],
    ['a block of Calico', 1_772_366_400_500_000_007n],
    ['a block without', 0n],
  ])('of %s is another one after each write, also for who reads it as a double', (_, first) => {
    let block = { ...newBlock(prefix('10.0.0.8/32'), undefined, start), sequenceNumber: first }
    const seen = new Set<bigint>()
    for (let write = 0; write < 100; write++) {
      block = decodeBlock(JSON.parse(JSON.stringify(encodeBlock(countWrite(block)))))
      seen.add(block.sequenceNumber)
    }
    expect(seen.size).toBe(100)
    expect(block.sequenceNumber).toBeGreaterThan(first)
  })
})

describe('assigning', () => {
  const empty = newBlock(prefix('10.0.0.8/30'), 'host:a', start)

  test('takes from the head, and a released address goes to the tail', () => {
    const first = assignNext(empty, owner('a'), 2)
    const freed = release(first.block, [{ ordinal: 0 }], warm).block
    expect(freed.unallocated).toEqual([2, 3, 0])
    expect(assignNext(freed, owner('b')).ordinals).toEqual([2])
  })

  test('shares the attribute of addresses that the same owner has', () => {
    const one = assignNext(empty, owner('a')).block
    const two = assignNext(one, owner('a')).block
    const three = assignNext(two, owner('b')).block
    expect(three.allocations).toEqual([0, 0, 1, null])
    expect(three.attributes).toEqual([owner('a'), owner('b')])
  })

  test('leaves reserved addresses at their place', () => {
    const { block, ordinals } = assignNext(empty, owner('a'), 2, (ordinal) => ordinal === 1)
    expect(ordinals).toEqual([0, 2])
    expect(block.unallocated).toEqual([1, 3])
  })

  test('of a given address fails when it is in use or cools down', () => {
    const used = assignOrdinal(empty, 2, owner('a')) ?? empty
    expect(assignOrdinal(used, 2, owner('b'))).toBeUndefined()
    const cooling = release(used, [{ ordinal: 2 }], { now: start, cooldownSeconds: 60 }).block
    expect(assignOrdinal(cooling, 2, owner('b'))).toBeUndefined()
    expect(assignOrdinal(collect(cooling, start + 61_000, 60), 2, owner('b'))).toBeDefined()
  })
})

describe('releasing', () => {
  const one = assignNext(newBlock(prefix('10.0.0.8/30'), 'host:a', start), owner('a'), 2).block
  const both = assignNext(one, owner('b')).block

  test('counts addresses per handle and says which nobody held', () => {
    const { counts, unknown, block } = release(both, [{ ordinal: 0 }, { ordinal: 2 }, { ordinal: 3 }], warm)
    expect(Object.fromEntries(counts)).toEqual({ a: 1, b: 1 })
    expect(unknown).toEqual([3])
    expect(block.attributes).toEqual([owner('a')])
  })

  test.each([
    ['another handle', { ordinal: 2, handle: 'a' }],
    ['another sequence number', { ordinal: 2, handle: 'b', sequenceNumber: 1n }],
  ])('with %s fails as a whole', (_, wrong) => {
    expect(() => release(both, [{ ordinal: 0 }, wrong], warm)).toThrow(expect.objectContaining({ code: 'Reassigned' }))
  })

  test('by handle frees all of it and nothing else', () => {
    const { block, counts } = releaseHandle(both, 'a', warm)
    expect(counts.get('a')).toBe(2)
    expect(allocationsOf(block).map(({ ordinal }) => ordinal)).toEqual([2])
  })

  test('by handle finds one that a migration stored with a carriage return', () => {
    const odd = assignNext(one, { handle: 'old\r\neth0', owner: {} }).block
    expect(releaseHandle(odd, 'old', warm).counts.get('old')).toBe(1)
  })

  test('lets addresses rest for the cooldown, neither held nor free', () => {
    const cooldownSeconds = 30
    const { block } = releaseHandle(both, 'a', { now: start, cooldownSeconds })
    expect(block.unallocated).toEqual([3])
    expect(allocationsOf(block).map(({ ordinal }) => ordinal)).toEqual([2])
    expect(checkBlock(block, start)).toEqual([])
    expect(collect(block, start + 29_000, cooldownSeconds).unallocated).toEqual([3])
    expect(collect(block, start + 31_000, cooldownSeconds).unallocated).toEqual([3, 0, 1])
    expect(isEmpty(releaseHandle(block, 'b', { now: start, cooldownSeconds }).block)).toBe(true)
  })

  test('lets no address rest for ever when nobody can read since when it does', () => {
    const { block } = releaseHandle(both, 'a', { now: start, cooldownSeconds: 30 })
    const attributes = block.attributes.map((one) =>
      one.releasedAt === undefined ? one : { ...one, releasedAt: 'soon' },
    )
    expect(collect({ ...block, attributes }, start, 30).unallocated).toEqual([3, 0, 1])
  })
})

describe('a guest in the block of another node', () => {
  const of = (node: string) => ({ handle: `of-${node}`, owner: { node } })
  const guest = { now: start, cooldownSeconds: 60, writer: 'guest' }
  const later = { ...guest, now: start + 61_000 }
  const both = () => {
    const first = assignNext(newBlock(prefix('10.0.0.8/30'), 'host:host', start), of('host')).block
    const second = assignNext(first, of('guest')).block
    const { block } = release(second, [{ ordinal: 0 }], { ...guest, writer: 'host' })
    return release(block, [{ ordinal: 1 }], guest).block
  }

  test('says whose a resting address was', () => {
    expect(both().attributes.map(({ owner: whose, releasedAt }) => [whose, releasedAt])).toEqual([
      [{}, '2026-03-01T12:00:00Z'],
      [{ node: 'guest' }, '2026-03-01T12:00:00Z'],
    ])
  })

  test('collects its own addresses and leaves those of others', () => {
    const byGuest = collect(both(), later.now, 60, 'guest')
    expect(byGuest.attributes.map(({ owner: whose }) => whose)).toEqual([{}])
    expect(byGuest.unallocated).toEqual([2, 3, 1])
    expect(checkBlock(byGuest, later.now)).toEqual([])
    for (const writer of ['host', undefined]) {
      const all = collect(both(), later.now, 60, writer)
      expect([all.attributes, all.unallocated]).toEqual([[], [2, 3, 0, 1]])
    }
  })
})

describe('the checker', () => {
  const good = assignNext(newBlock(prefix('10.0.0.8/30'), 'host:a', start), owner('a')).block

  test.each([
    ['an allocation without attribute', { ...good, attributes: [] }, ['allocation 0 has no attribute 0']],
    [
      'an attribute without allocation',
      { ...good, attributes: [owner('a'), owner('b')] },
      ['attribute 1 belongs to no allocation'],
    ],
    ['a free ordinal twice', { ...good, unallocated: [1, 2, 2] }, ['free ordinal 2 is listed twice']],
    ['a free ordinal outside', { ...good, unallocated: [1, 2, 4] }, ['free ordinal 4 is outside the block']],
    ['a free ordinal in use', { ...good, unallocated: [0, 1, 2] }, ['free ordinal 0 is allocated']],
    ['a lost ordinal', { ...good, unallocated: [1, 2] }, ['2 free and 1 allocated make not 4']],
    [
      'a release in the future',
      { ...good, attributes: [{ owner: {}, releasedAt: '2030-01-01T00:00:00Z' }] },
      ['attribute 0 was released in the future: 2030-01-01T00:00:00Z'],
    ],
  ])('names %s', (_, block, problems) => {
    expect(checkBlock(block, start)).toEqual(problems)
  })
})

test('a block of Calico survives reading and writing', () => {
  const stored = {
    cidr: '192.168.7.0/30',
    affinity: 'host:worker.example',
    affinityClaimTime: '2026-01-01T00:00:00Z',
    strictAffinity: false,
    allocations: [0, 1, null, 0],
    unallocated: [2],
    attributes: [
      {
        handle_id: 'k8s-pod-network.0123abcd',
        secondary: {
          pod: 'web-1',
          namespace: 'shop',
          node: 'worker.example',
          timestamp: '2026-01-01 00:00:00 +0000 UTC',
        },
        alternateOwnerAttrs: { pod: 'web-2' },
      },
      { releasedAt: '2026-01-01T00:00:01Z' },
    ],
    sequenceNumber: 17,
    sequenceNumberForAllocation: { '0': 3, '1': 16, '3': 3 },
    deleted: false,
  }
  expect(encodeBlock(decodeBlock(stored))).toEqual(stored)
})
