import { describe, expect, test } from '@jest/globals'
import { Watchdog } from '../src/watchdog.ts'

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
