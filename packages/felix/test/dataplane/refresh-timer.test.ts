import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { RefreshTimer } from '../../src/dataplane/refresh-timer.ts'

const minute = 60_000
const hour = 60 * minute

describe('RefreshTimer', () => {
  let interval = 0
  let runs = 0
  let timer: RefreshTimer

  beforeEach(() => {
    jest.useFakeTimers()
    runs = 0
    timer = new RefreshTimer(
      () => interval,
      () => {
        runs++
      },
    )
  })
  afterEach(() => {
    timer.stop()
    jest.useRealTimers()
  })

  const runsAfter = (milliseconds: number): number => {
    runs = 0
    jest.advanceTimersByTime(milliseconds)
    return runs
  }

  test('runs once in each interval, up to a tenth sooner', () => {
    interval = 100 * minute
    timer.start()
    expect(runsAfter(89 * minute)).toBe(0)
    expect(runsAfter(11 * minute)).toBe(1)
    expect([10, 11]).toContain(runsAfter(1000 * minute))
  })

  test('an interval beyond what a timer can wait is waited out', () => {
    interval = 1000 * hour
    timer.start()
    expect(runsAfter(899 * hour)).toBe(0)
    expect(runsAfter(101 * hour)).toBe(1)
    expect(runsAfter(799 * hour)).toBe(0)
    expect(runsAfter(201 * hour)).toBe(1)
  })

  test('another interval counts from the last run', () => {
    interval = 1000 * hour
    timer.start()
    expect(runsAfter(5 * minute)).toBe(0)
    interval = 10 * minute
    timer.update()
    expect(runsAfter(3 * minute)).toBe(0)
    expect(runsAfter(2 * minute)).toBe(1)
    interval = 100 * minute
    timer.update()
    expect(runsAfter(89 * minute)).toBe(0)
    expect(runsAfter(11 * minute)).toBe(1)
  })

  test('a change of something else leaves the interval alone', () => {
    interval = 10 * minute
    timer.start()
    const delays = new Set<number>()
    for (let count = 0; count < 20; count++) {
      const before = jest.now()
      while (runsAfter(1000) === 0) timer.update()
      delays.add(jest.now() - before)
    }
    // A new start at each change would never come to an end; a new draw of the jitter would always come to the earliest.
    expect(Math.max(...delays)).toBeGreaterThan(9.1 * minute)
  })

  test('0 turns it off, until it is another interval', () => {
    interval = 0
    timer.start()
    expect(runsAfter(1000 * hour)).toBe(0)
    interval = 10 * minute
    timer.update()
    expect(runsAfter(1)).toBe(1)
    interval = 0
    timer.update()
    expect(runsAfter(1000 * hour)).toBe(0)
  })

  test('nothing comes after it was stopped', () => {
    interval = minute
    timer.start()
    timer.stop()
    timer.update()
    expect(runsAfter(hour)).toBe(0)
  })
})
