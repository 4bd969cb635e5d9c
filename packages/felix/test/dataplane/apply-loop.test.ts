import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { ApplyLoop } from '../../src/dataplane/apply-loop.ts'
import { backoff } from '../../src/dataplane/backoff.ts'
import type { Driver } from '../../src/dataplane/driver.ts'

function driver(name: string, gates: boolean, apply: () => Promise<void>): Driver {
  return { name, gates, apply, accept: () => undefined, invalidate: () => undefined, settled: () => true }
}

function loopOf(...drivers: readonly Driver[]): { loop: ApplyLoop; rounds: () => number } {
  let rounds = 0
  const count = () => {
    rounds++
  }
  return {
    loop: new ApplyLoop({ drivers, logger: silentLogger, before: count, after: () => undefined }),
    rounds: () => rounds,
  }
}

describe('ApplyLoop', () => {
  test('does nothing before it is enabled, then one round for all requests of a turn', async () => {
    const { loop, rounds } = loopOf(driver('a', false, async () => undefined))
    loop.request()
    await new Promise((resolve) => setImmediate(resolve))
    expect([rounds(), loop.states()]).toEqual([0, [{ name: 'a', ready: false, reason: 'waits for all inputs' }]])
    loop.enable({ sweep: true })
    for (let count = 0; count < 30; count++) loop.request()
    await eventually(() => expect(loop.states()).toEqual([{ name: 'a', ready: true, reason: '' }]))
    await loop.stop()
    expect(rounds()).toBe(1)
  })

  test('a calculation that fails is tried again, and until then no driver runs and nobody hears of a round', async () => {
    const calls: string[] = []
    const seen: unknown[] = []
    let failures = 2
    const loop: ApplyLoop = new ApplyLoop({
      drivers: [driver('a', false, async () => void calls.push('driver'))],
      logger: silentLogger,
      before: () => {
        calls.push('before')
        if (calls.length > 1) seen.push(loop.states()[0])
        if (failures-- > 0) throw new Error('a poison object')
      },
      after: () => {
        calls.push('after')
        throw new Error('nobody catches this')
      },
    })
    loop.enable({ sweep: true })
    await eventually(() => expect(loop.states()).toEqual([{ name: 'a', ready: true, reason: '' }]))
    await loop.stop()
    expect(calls).toEqual(['before', 'before', 'before', 'driver', 'after'])
    const failed = { name: 'calculation', ready: false, reason: 'a poison object' }
    expect(seen).toEqual([failed, failed])
  })

  test('a driver that fails is tried again; behind one that gates nobody runs, behind another one all do', async () => {
    const calls: string[] = []
    const failing = new Set(['gate', 'plain'])
    const make = (name: string, gates: boolean) =>
      driver(name, gates, async () => {
        calls.push(name)
        if (failing.delete(name)) throw new Error(`${name} failed`)
      })
    const { loop } = loopOf(make('gate', true), make('plain', false), make('last', false))
    loop.enable({ sweep: true })
    await eventually(() => expect(loop.states().every(({ ready }) => ready)).toBe(true))
    await loop.stop()
    expect(calls).toEqual(['gate', 'gate', 'plain', 'last', 'gate', 'plain', 'last'])
  })

  test('requests that never end do not put off the next try of a driver that fails', async () => {
    let tries = 0
    const { loop } = loopOf(
      driver('broken', false, () => {
        tries++
        return Promise.reject(new Error('it is broken'))
      }),
    )
    loop.enable({ sweep: true })
    const requests = setInterval(() => loop.request(), 20)
    try {
      // The first wait that a request could have put off is that after the second failure.
      await eventually(() => expect(tries).toBeGreaterThan(4))
    } finally {
      clearInterval(requests)
      await loop.stop()
    }
  })

  test('a request brings the next try forward', async () => {
    const { promise: tenTries, resolve } = Promise.withResolvers<void>()
    let tries = 0
    const { loop } = loopOf(
      driver('broken', false, () => {
        // By then the wait is ten seconds, unless somebody asks.
        if (++tries >= 10) resolve()
        else setImmediate(() => loop.request())
        return Promise.reject(new Error('it is broken'))
      }),
    )
    loop.enable({ sweep: true })
    await tenTries
    await loop.stop()
    expect(tries).toBe(10)
  })

  test('a request during a round gives one more round', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { loop, rounds } = loopOf(driver('a', false, () => promise))
    loop.enable({ sweep: true })
    await eventually(() => expect(rounds()).toBe(1))
    loop.request()
    loop.request()
    resolve()
    await eventually(() => expect(rounds()).toBe(2))
    await loop.stop()
    expect(rounds()).toBe(2)
  })
})

test('the wait between tries doubles up to ten seconds', () => {
  expect([1, 2, 3, 8, 9, 50].map((failures) => backoff(failures, () => 1))).toEqual([
    50, 100, 200, 6400, 10_000, 10_000,
  ])
  expect(backoff(1, () => 0)).toBe(25)
})
