import { describe, expect, test } from '@jest/globals'
import { KeyedLock } from '../../src/attach/keyed-lock.ts'

const never = new AbortController().signal

describe('a lock', () => {
  test('lets those of one key follow each other, whether they succeed or not', async () => {
    const lock = new KeyedLock()
    const order: string[] = []
    const task = (name: string, fails = false) =>
      lock.run(
        'a',
        async () => {
          order.push(`${name} begins`)
          await Promise.resolve()
          order.push(`${name} ends`)
          if (fails) throw new Error(name)
        },
        never,
      )
    const first = task('first', true)
    const second = task('second')
    await expect(first).rejects.toThrow('first')
    await second
    expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  })

  test('lets go who is aborted while waiting, and nobody else', async () => {
    const lock = new KeyedLock()
    const holder = Promise.withResolvers<string>()
    const first = lock.run('a', () => holder.promise, never)
    const abort = new AbortController()
    let called = false
    const second = lock.run(
      'a',
      async () => {
        called = true
      },
      abort.signal,
    )
    const third = lock.run('a', async () => 'third', never)
    abort.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    holder.resolve('first')
    expect(await Promise.all([first, third])).toEqual(['first', 'third'])
    expect(called).toBe(false)
  })

  test('stays with a task that is aborted until it has ended', async () => {
    const lock = new KeyedLock()
    const holder = Promise.withResolvers<string>()
    const abort = new AbortController()
    const first = lock.run('a', () => holder.promise, abort.signal)
    await Promise.resolve()
    let second = false
    const waiting = lock.run(
      'a',
      async () => {
        second = true
      },
      never,
    )
    abort.abort(new Error('gone'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(second).toBe(false)
    holder.resolve('cleaned up')
    expect(await first).toBe('cleaned up')
    await waiting
  })
})
