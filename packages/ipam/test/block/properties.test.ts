import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { assignNext, assignOrdinal } from '../../src/block/assign.ts'
import { allocationsOf, type Block } from '../../src/block/block.ts'
import { checkBlock } from '../../src/block/check-block.ts'
import { decodeBlock, encodeBlock } from '../../src/block/codec.ts'
import { collect } from '../../src/block/collect.ts'
import { newBlock } from '../../src/block/new-block.ts'
import { release, releaseHandle } from '../../src/block/release.ts'
import { prefix } from '../support/prefix.ts'

const handle = fc.constantFrom('a', 'b', 'c', 'd')
const ordinal = fc.nat({ max: 15 })
const step = fc.oneof(
  fc.record({ do: fc.constant('assign' as const), handle, count: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ do: fc.constant('take' as const), handle, ordinal }),
  fc.record({ do: fc.constant('release' as const), ordinals: fc.array(ordinal, { maxLength: 4 }) }),
  fc.record({ do: fc.constant('releaseHandle' as const), handle }),
  fc.record({ do: fc.constant('wait' as const), seconds: fc.nat({ max: 40 }) }),
  fc.record({ do: fc.constant('collect' as const) }),
)

/** The simplest thing that is right: who holds which ordinal. */
type Model = Map<number, string>

test.each([0, 30])(
  'any sequence of changes keeps the invariants and the holders (cooldown %i s)',
  (cooldownSeconds) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 1_772_366_400_000
        let block: Block = newBlock(prefix('fd00::/124'), 'host:a', now)
        const model: Model = new Map()
        for (const one of steps) {
          const before = block.sequenceNumber
          if (one.do === 'wait') now += one.seconds * 1000
          if (one.do === 'collect') block = collect(block, now, cooldownSeconds)
          if (one.do === 'assign') {
            const assigned = assignNext(block, { handle: one.handle, owner: {} }, one.count)
            for (const taken of assigned.ordinals) {
              expect(model.has(taken)).toBe(false)
              model.set(taken, one.handle)
            }
            block = assigned.block
          }
          if (one.do === 'take') {
            const next = assignOrdinal(block, one.ordinal, { handle: one.handle, owner: {} })
            if (next !== undefined) {
              expect(model.has(one.ordinal)).toBe(false)
              model.set(one.ordinal, one.handle)
              block = next
            }
          }
          if (one.do === 'release') {
            const released = release(
              block,
              one.ordinals.map((given) => ({ ordinal: given })),
              { now, cooldownSeconds },
            )
            for (const given of one.ordinals) {
              expect(released.unknown.includes(given)).toBe(!model.has(given))
            }
            for (const given of one.ordinals) model.delete(given)
            block = released.block
          }
          if (one.do === 'releaseHandle') {
            const held = [...model].filter(([, holder]) => holder === one.handle)
            const released = releaseHandle(block, one.handle, { now, cooldownSeconds })
            expect(released.counts.get(one.handle) ?? 0).toBe(held.length)
            for (const [given] of held) model.delete(given)
            block = released.block
          }
          expect(checkBlock(block, now)).toEqual([])
          expect(new Map(allocationsOf(block).map((held) => [held.ordinal, held.attributes.handle]))).toEqual(model)
          expect(decodeBlock(JSON.parse(JSON.stringify(encodeBlock(block))))).toMatchObject({
            unallocated: block.unallocated,
          })
          // Only a writer of the datastore counts up; changes in memory that are not stored must not.
          expect(block.sequenceNumber).toBe(before)
        }
      }),
      { numRuns: 300 },
    )
  },
)
