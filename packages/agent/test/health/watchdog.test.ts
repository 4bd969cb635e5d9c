import { describe, expect, test } from '@jest/globals'
import { histogramText } from '../../src/health/histogram-text.ts'
import { Watchdog } from '../../src/health/watchdog.ts'

describe('the watchdog', () => {
  test('names work that takes too long, until it ends', async () => {
    let now = 0
    const watchdog = new Watchdog(() => now)
    const work = Promise.withResolvers<string>()
    const guarded = watchdog.guard('bgp', 1000, () => work.promise)
    await watchdog.guard('cni', 1000, async () => undefined)
    now = 1000
    expect(watchdog.hanging()).toEqual([])
    now = 5000
    expect(watchdog.hanging()).toEqual([{ name: 'bgp', seconds: 5 }])
    work.resolve('late')
    expect(await guarded).toBe('late')
    expect(watchdog.hanging()).toEqual([])
  })

  test('forgets work that fails', async () => {
    const watchdog = new Watchdog()
    await expect(watchdog.guard('bgp', 0, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(watchdog.hanging()).toEqual([])
  })
})

test('a distribution is told as a histogram', () => {
  expect(histogramText('a_seconds', 'A.', { bounds: [0.1, 1], counts: [2, 1, 4], sum: 9.5, count: 7 })).toBe(
    [
      '# HELP a_seconds A.',
      '# TYPE a_seconds histogram',
      'a_seconds_bucket{le="0.1"} 2',
      'a_seconds_bucket{le="1"} 3',
      'a_seconds_bucket{le="+Inf"} 7',
      'a_seconds_sum 9.5',
      'a_seconds_count 7',
      '',
    ].join('\n'),
  )
})
