import type { Action, Rule } from '../ruleset.ts'
import type { Segment } from './list-segments.ts'

/** After a jump that may come back with a packet for the next tier: out of the chain of this tier. */
export const leaveIfPassed = (passMark: number): Rule => ({
  matches: [{ kind: 'mark', mask: passMark, value: passMark }],
  action: { kind: 'return' },
  comment: 'passed to the next tier',
})

export const unmark = (passMark: number, comment: string): Rule =>
  plainRule({ kind: 'set-mark', mask: passMark, value: 0, next: 'continue' }, comment)

export const plainRule = (action: Action, comment: string): Rule => ({ matches: [], action, comment })

export const acceptPassed: Rule = plainRule({ kind: 'accept' }, 'passed by all tiers: allowed by the profile')

/** The end of a tier with the default action Deny. */
export const dropAtEnd = (tier: string): Rule => ({
  matches: [],
  counter: true,
  action: { kind: 'drop' },
  comment: `no policy of tier ${tier} allows it`,
})

/** One policy or group after the other. */
export function jumps(segments: readonly Segment[], passMark: number): readonly Rule[] {
  return segments.flatMap(({ chain, title, passes }) => {
    const jump = plainRule({ kind: 'jump', chain }, title)
    return passes ? [jump, leaveIfPassed(passMark)] : [jump]
  })
}
