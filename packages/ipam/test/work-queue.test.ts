import { describe, expect, test } from '@jest/globals'
import { eventually } from '@manx/testbed'
import { WorkQueue } from '../src/controller/work-queue.ts'

describe('the work queue', () => {
  test('handles a key that was added often once, and never twice at a time', async () => {
    const abort = new AbortController()
    const seen: string[] = []
    const release = Promise.withResolvers<void>()
    const queue = new WorkQueue({
      work: async (key) => {
        seen.push(key)
        await release.promise
      },
      onError: () => undefined,
    })
    const running = queue.run(abort.signal)
    for (const key of ['a', 'a', 'b']) queue.add(key)
    // Added while it is handled: once more, afterwards.
    for (const key of ['a', 'a']) queue.add(key)
    expect(seen).toEqual(['a', 'b'])
    release.resolve()
    await eventually(() => expect(seen).toEqual(['a', 'b', 'a']))
    expect(queue.size).toBe(0)
    abort.abort()
    await running
  })

  test('brings a key back that failed, also when a later look was planned', async () => {
    const abort = new AbortController()
    const errors: unknown[] = []
    let failures = 2
    const done = Promise.withResolvers<void>()
    const queue = new WorkQueue({
      work: async () => {
        queue.addAfter('a', 3_600_000)
        if (failures-- > 0) throw new Error('not yet')
        done.resolve()
      },
      onError: (_, error) => errors.push(error),
      firstPause: 1,
    })
    const running = queue.run(abort.signal)
    queue.add('a')
    await done.promise
    expect(errors.length).toBe(2)
    abort.abort()
    await running
  })

  test('ends only when the work under way has ended', async () => {
    const abort = new AbortController()
    const order: string[] = []
    const release = Promise.withResolvers<void>()
    const queue = new WorkQueue({
      work: async () => {
        await release.promise
        order.push('work')
      },
      onError: () => undefined,
    })
    const running = queue.run(abort.signal).then(() => order.push('run'))
    queue.add('a')
    abort.abort()
    queue.add('b')
    release.resolve()
    await running
    expect(order).toEqual(['work', 'run'])
  })
})
