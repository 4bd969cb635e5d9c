import { describe, expect, test } from '@jest/globals'
import { nodes } from '@manx/api'
import { componentsOf, informerLimit, reasonsOf } from '../src/health/components.ts'

const now = 10_000_000
const informer = (hasSynced: boolean, lastProgress: number | undefined) => ({
  resource: nodes,
  hasSynced,
  lastProgress,
})
const find = (condition: Partial<Parameters<typeof componentsOf>[0]>) => {
  const components = componentsOf({ informers: [], leads: false, hanging: [], now, ...condition })
  return { dead: components.filter(({ live }) => !live).map(({ name }) => name), reasons: reasonsOf(components) }
}

describe('the health of the process', () => {
  test.each([
    [
      'before its first list it is alive and not ready',
      [informer(false, undefined)],
      [],
      ['informer nodes waits for its first list'],
    ],
    [
      'an informer that tries in vain is alive',
      [informer(false, now - 30_000)],
      [],
      ['informer nodes waits for its first list'],
    ],
    ['one that has listed is ready', [informer(true, now - informerLimit)], [], []],
    [
      'one without a sign of life is dead',
      [informer(true, now - informerLimit - 1)],
      ['informer nodes'],
      ['informer nodes has given no sign of life for 300 s'],
    ],
  ])('%s', (_, informers, dead, reasons) => {
    expect(find({ informers })).toEqual({ dead, reasons })
  })

  test('a reconciliation that does not end is dead', () => {
    expect(find({ hanging: [{ name: 'ippools', seconds: 700 }] })).toEqual({
      dead: ['controller ippools'],
      reasons: ['controller ippools has not come to an end for 700 s'],
    })
  })

  test('to wait for the leader is to be ready', () => {
    expect(find({ leads: false }).reasons).toEqual([])
    expect(find({ leads: true }).reasons).toEqual([])
  })
})
