import { describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { FailureLog } from '../../src/dataplane/failure-log.ts'

/** A log on a clock of its own, and the lines that it wrote. */
function logAt(clock: { now: number }): { log: FailureLog; lines: string[] } {
  const lines: string[] = []
  const say = (message: string) => void lines.push(message)
  return { log: new FailureLog({ ...silentLogger, info: say, error: say }, () => clock.now), lines }
}

describe('FailureLog', () => {
  test('a failure that stays the same is logged once a minute, another one at once', () => {
    const clock = { now: 0 }
    const { log, lines } = logAt(clock)
    const failures = [
      [0, 'busy'],
      [100, 'busy'],
      [59_999, 'busy'],
      [60_000, 'busy'],
      [60_100, 'gone'],
      [60_200, 'gone'],
    ] as const
    for (const [now, reason] of failures) {
      clock.now = now
      log.failed('routes', new Error(reason))
    }
    expect(lines).toEqual(['busy', 'busy', 'gone'].map((reason) => `routes: ${reason}; will be tried again`))
    expect(log.reasonOf('routes')).toBe('gone')
  })

  test('each name is counted by itself, and what works again fails anew', () => {
    const { log, lines } = logAt({ now: 0 })
    log.worked('routes')
    log.failed('routes', 'busy')
    log.failed('interfaces', 'busy')
    log.worked('routes')
    log.failed('routes', 'busy')
    expect(lines).toEqual([
      'routes: busy; will be tried again',
      'interfaces: busy; will be tried again',
      'routes: works again',
      'routes: busy; will be tried again',
    ])
    expect(log.reasonOf('nftables')).toBeUndefined()
  })
})
