import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { memberKey, memberParts, SetMembers } from '../../src/dataplane/nft/set-members.ts'

const member = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('want', 'release', 'add', 'delete'), member }),
  fc.record({ do: fc.constantFrom('read', 'write', 'remove', 'releaseAll'), member: fc.constant('') }),
)

test('whatever others do, a reading and a writing bring the kernel to what is desired, by the differences alone', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const members = new SetMembers()
      const desired = new Set<string>()
      const kernel = new Set<string>()
      const once = new Set<string>()
      for (const { do: action, member } of [...steps, { do: 'read', member: '' }]) {
        if (action === 'want') {
          members.want(member)
          desired.add(member)
          once.add(member)
        } else if (action === 'release') {
          members.release(member)
          desired.delete(member)
        } else if (action === 'releaseAll') {
          members.releaseAll()
          desired.clear()
        } else if (action === 'add') kernel.add(member)
        else if (action === 'delete') kernel.delete(member)
        else {
          // Before the kernel is written it is read, since others may have changed it.
          members.replaceActual([...kernel])
          const missing = [...desired].filter((each) => !kernel.has(each))
          const extra = [...kernel].filter((each) => !desired.has(each))
          expect(members.differences).toBe(missing.length + extra.length)
          for (const each of ['a', 'b', 'c', 'd', 'e']) {
            expect(members.settled(each)).toBe(desired.has(each) === kernel.has(each))
          }
          if (action === 'remove') {
            for (const each of members.released) {
              expect(once.has(each)).toBe(true)
              kernel.delete(each)
            }
            members.removed()
          } else if (action === 'write') {
            for (const each of [...members.released, ...members.foreign]) expect(kernel.delete(each)).toBe(true)
            for (const each of members.additions) {
              expect(kernel.has(each)).toBe(false)
              kernel.add(each)
            }
            members.written()
            expect(kernel).toEqual(desired)
            expect(members.differences).toBe(0)
          }
        }
      }
    }),
    { numRuns: 2000 },
  )
})

test('wanting and releasing between writings cancel out', () => {
  const members = new SetMembers()
  members.want('a')
  members.want('b')
  members.written()
  members.release('a')
  members.want('c')
  expect([[...members.additions], [...members.released]]).toEqual([['c'], ['a']])
  members.want('a')
  members.release('c')
  expect(members.differences).toBe(0)
})

test('a member that is wanted by now although it was foreign stays, and one that is released goes without a sweep', () => {
  const members = new SetMembers()
  members.replaceActual(['a', 'b'])
  expect([...members.foreign]).toEqual(['a', 'b'])
  members.want('a')
  expect([...members.foreign]).toEqual(['b'])
  members.release('a')
  expect([...members.released]).toEqual(['a'])
})

test.each([[['10.0.0.1']], [['10.0.0.1', '6', '80']], [['fd00::1-fd00::9', '6-6', '1-1024']]])(
  '%j is a key and back',
  (parts) => {
    expect(memberParts(memberKey(parts))).toEqual(parts)
  },
)
