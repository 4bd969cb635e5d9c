import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { DeltaTracker } from '../../src/dataplane/delta-tracker.ts'

const make = (): DeltaTracker<number, string> =>
  new DeltaTracker({ toActual: (value) => String(value), same: (a, b) => a === b })

describe('DeltaTracker', () => {
  test('what the kernel has already is not written again', () => {
    const tracker = make()
    tracker.replaceActual(
      new Map([
        ['a', '1'],
        ['b', '2'],
      ]),
    )
    tracker.want('a', 1)
    tracker.want('b', 3)
    tracker.want('c', 4)
    expect(tracker.upserts()).toEqual([
      ['b', 3],
      ['c', 4],
    ])
    expect(['a', 'b', 'c'].map((key) => tracker.settled(key))).toEqual([true, false, false])
  })

  test('what was found is swept only when that is allowed, what was wanted once goes anyway', () => {
    const tracker = make()
    tracker.want('mine', 1)
    tracker.replaceActual(
      new Map([
        ['found', '9'],
        ['mine', '1'],
      ]),
    )
    tracker.release('mine')
    expect(tracker.removals(false)).toEqual([['mine', '1']])
    expect(tracker.removals(true)).toEqual([
      ['found', '9'],
      ['mine', '1'],
    ])
  })

  type Step = {
    readonly op: 'want' | 'release' | 'read' | 'write' | 'foreign'
    readonly key: string
    readonly value: number
  }
  const step: fc.Arbitrary<Step> = fc.record({
    op: fc.constantFrom('want', 'release', 'read', 'write', 'foreign'),
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.integer({ min: 0, max: 2 }),
  })

  test('after a reading and a write the kernel is as wanted, and a second write has nothing to do', () => {
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const tracker = make()
        const kernel = new Map<string, string>()
        const wanted = new Map<string, string>()
        const write = () => {
          for (const [key, value] of tracker.upserts()) {
            kernel.set(key, String(value))
            tracker.written(key)
          }
          for (const [key] of tracker.removals(true)) {
            kernel.delete(key)
            tracker.setActual(key, undefined)
          }
        }
        for (const { op, key, value } of steps) {
          if (op === 'want') {
            tracker.want(key, value)
            wanted.set(key, String(value))
          } else if (op === 'release') {
            tracker.release(key)
            wanted.delete(key)
          } else if (op === 'foreign') kernel.set(key, 'foreign')
          else if (op === 'read') tracker.replaceActual(new Map(kernel))
          else write()
        }
        tracker.replaceActual(new Map(kernel))
        write()
        expect(kernel).toEqual(wanted)
        expect([tracker.upserts(), tracker.removals(true)]).toEqual([[], []])
      }),
    )
  })
})
