import { expect, test } from '@jest/globals'
import { createWorkQueue, silentLogger, type WorkQueue } from '../src/index.ts'

function started(process: (key: string) => Promise<void>, concurrency = 4) {
  const controller = new AbortController()
  const backoff = { first: 1, most: 4 }
  const queue = createWorkQueue({ name: 'test', logger: silentLogger, process, concurrency, backoff })
  const ended = queue.run(controller.signal)
  const stop = async () => {
    controller.abort()
    await ended
  }
  return { queue, stop }
}

test('a key that is added many times before its turn is processed once', async () => {
  const done: string[] = []
  const { queue, stop } = started(async (key) => void done.push(key))
  for (let round = 0; round < 10; round++) for (const key of ['a', 'b']) queue.add(key)
  await queue.idle()
  expect(done).toEqual(['a', 'b'])
  await stop()
})

test('a key that is added while it is processed is processed once more, never twice at once', async () => {
  let running = 0
  let runs = 0
  const self: { queue?: WorkQueue } = {}
  const { queue, stop } = started(async (key) => {
    expect(++running).toBe(1)
    if (++runs < 3) for (let round = 0; round < 5; round++) self.queue?.add(key)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  })
  self.queue = queue
  queue.add('a')
  await queue.idle()
  expect(runs).toBe(3)
  await stop()
})

test('a failing key is tried again until it works, and does not hold up the others', async () => {
  const done: string[] = []
  let failures = 5
  const { queue, stop } = started(async (key) => {
    if (key === 'bad' && failures-- > 0) throw new Error('not yet')
    done.push(key)
  }, 1)
  queue.add('bad')
  queue.add('good')
  await queue.idle()
  expect(done).toEqual(['good', 'bad'])
  await stop()
})

test('no more keys than allowed are processed at once, and the end waits for them', async () => {
  let running = 0
  let most = 0
  const { queue, stop } = started(async () => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, 2))
    running--
  }, 3)
  for (let key = 0; key < 20; key++) queue.add(String(key))
  await new Promise((resolve) => setTimeout(resolve, 1))
  await stop()
  expect(running).toBe(0)
  expect(most).toBe(3)
  expect(queue.size).toBeGreaterThan(0)
})

test('of two later times the earlier one counts, and the queue can run again', async () => {
  const done: string[] = []
  const first = started(async (key) => void done.push(key))
  await first.stop()
  const controller = new AbortController()
  const ended = first.queue.run(controller.signal)
  first.queue.addAfter('a', 1)
  first.queue.addAfter('a', 3_600_000)
  await first.queue.idle()
  expect(done).toEqual(['a'])
  controller.abort()
  await ended
})
