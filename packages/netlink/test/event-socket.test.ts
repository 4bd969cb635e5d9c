import { readdirSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { isNetlinkError } from '../src/index.ts'
import { EventSocket } from '../src/wire/event-socket.ts'

const nothing = { onMessage: () => undefined, onOverrun: () => undefined, onDrained: () => undefined }
const routeProtocol = 0

test('a group that cannot be listened to is an error, and leaves no socket behind', () => {
  const before = readdirSync('/proc/self/fd').length
  let error: unknown
  try {
    new EventSocket({ protocol: routeProtocol, groups: [1, 100_000], ...nothing }).close()
  } catch (thrown) {
    error = thrown
  }
  expect(isNetlinkError(error, 'EINVAL')).toBe(true)
  expect(String(error)).toContain('listen to group 100000')
  expect(readdirSync('/proc/self/fd')).toHaveLength(before)
})
