import { expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import { parseProcessorTime, watchStolenTime } from '../src/host/stolen-time.ts'

test('processor time is read from the first line', () => {
  const stat = 'cpu  10 20 30 40 50 60 70 80 5 6\ncpu0 1 1 1 1 1 1 1 1 1 1\n'
  expect(parseProcessorTime(stat)).toEqual({ total: 360, stolen: 80 })
})

test('what the host took for some seconds is remembered, and a moment is not', async () => {
  // In each look at 100 ticks more; from the eighth look on the host takes 60 of them, at the third all.
  let looks = 0
  let stolen = 0
  const read = () => {
    looks++
    stolen += looks === 3 ? 100 : looks > 8 ? 60 : 0
    return `cpu  ${looks * 100 - stolen} 0 0 0 0 0 0 ${stolen} 0 0\n`
  }
  using watch = watchStolenTime(read, 1)
  await eventually(() => expect(looks).toBeGreaterThan(7))
  const before = watch.worst
  if (looks <= 8) expect(before).toBeCloseTo(0.2)
  await eventually(() => expect(watch.worst).toBeCloseTo(0.6))
})
