import { describe, expect, test } from '@jest/globals'
import { histogramText } from '../../src/health/histogram-text.ts'
import { type Condition, componentsOf } from '../../src/health/readiness.ts'
import { Watchdog } from '../../src/health/watchdog.ts'

const good: Condition = {
  synced: true,
  bootstrap: undefined,
  felix: [{ name: 'nftables', ready: true, reason: '' }],
  bgpReady: true,
  havePool: true,
}

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

test('a component that hangs is neither live nor ready, and the others are what they are', () => {
  const components = componentsOf({ ...good, synced: false }, [{ name: 'bgp', seconds: 100 }])
  expect(Object.fromEntries(components.map(({ name, ...rest }) => [name, rest]))).toEqual({
    datastore: { live: true, ready: false, reason: 'the API server has not been read yet' },
    node: { live: true, ready: true, reason: '' },
    'felix nftables': { live: true, ready: true, reason: '' },
    pools: { live: true, ready: true, reason: '' },
    bgp: { live: false, ready: false, reason: 'has not come to an end for 100 s' },
    felix: { live: true, ready: true, reason: '' },
    cni: { live: true, ready: true, reason: '' },
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
