import { describe, expect, test } from '@jest/globals'
import { createSharedContact } from '../src/index.ts'

const never = new AbortController().signal
const hour = 3_600_000

describe('a shared contact', () => {
  test('wakes all who wait when it is regained, and nobody who waits later', async () => {
    const contact = createSharedContact(() => 0)
    const waiting = [contact.pause(hour, never), contact.pause(hour, never)]
    contact.regained()
    await Promise.all(waiting)
    const late = contact.pause(hour, never)
    expect(
      await Promise.race([late.then(() => 'woken'), new Promise((resolve) => setImmediate(resolve, 'waits'))]),
    ).toBe('waits')
    contact.regained()
    await late
  })

  test('lets go when the time or the signal comes', async () => {
    const contact = createSharedContact(() => 0)
    await contact.pause(1, never)
    await contact.pause(hour, AbortSignal.timeout(1))
    await contact.pause(hour, AbortSignal.abort())
  })
})
