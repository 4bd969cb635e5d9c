import { expect, test } from '@jest/globals'
import { nextConditions } from '../src/next-conditions.ts'

const ready = { type: 'Ready', status: 'True', reason: 'OK', message: '' } as const
const since = '2026-01-01T00:00:00Z'
const now = Date.parse('2026-02-02T00:00:00.500Z')
const stored = { ...ready, lastTransitionTime: since, observedGeneration: 1 }

test('what is said already is not written again', () => {
  expect(nextConditions([stored], [ready], { now, generation: 1 })).toBeUndefined()
})

test('a new condition begins now, in whole seconds', () => {
  expect(nextConditions([], [ready], { now })).toEqual([{ ...ready, lastTransitionTime: '2026-02-02T00:00:00Z' }])
})

test('another reason, or another generation, keeps the time of the last change of status', () => {
  const other = { ...ready, reason: 'Other' }
  expect(nextConditions([stored], [other], { now, generation: 1 })).toEqual([
    { ...other, lastTransitionTime: since, observedGeneration: 1 },
  ])
  expect(nextConditions([stored], [ready], { now, generation: 2 })).toEqual([{ ...stored, observedGeneration: 2 }])
})

test('another status begins now', () => {
  const [changed] = nextConditions([stored], [{ ...ready, status: 'False' }], { now, generation: 1 }) ?? []
  expect(changed?.lastTransitionTime).toBe('2026-02-02T00:00:00Z')
})

test('what is not wanted any more goes', () => {
  const gone = { ...stored, type: 'Terminating' }
  expect(nextConditions([stored, gone], [ready], { now, generation: 1 })).toEqual([stored])
})
