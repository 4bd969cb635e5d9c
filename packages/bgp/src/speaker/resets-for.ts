import { api } from '../gen/gobgp.js'
import type { PolicyEffect } from './policy-message.ts'

const { DIRECTION_IN, DIRECTION_OUT } = api.ResetDirection

/** A soft reset: routes are evaluated again, and the session stays. */
export interface SoftReset {
  /** Empty: every peer. */
  readonly address: string
  readonly direction: api.ResetDirection
}

/**
 * What has the routes of these sessions evaluated by new policies. Nothing is sent to those of `early` now, because it would end
 * with "that was all": they are told everything, by the policies of then, when that is true.
 */
export function resetsFor(
  { incoming, outgoing, outgoingTo }: PolicyEffect,
  sessions: ReadonlySet<string>,
  early: ReadonlySet<string>,
): SoftReset[] {
  if (sessions.size === 0) return []
  const out = (address: string): SoftReset => ({ address, direction: DIRECTION_OUT })
  const some = (outgoing ? [...sessions] : outgoingTo).filter((address) => sessions.has(address) && !early.has(address))
  return [
    ...(incoming ? [{ address: '', direction: DIRECTION_IN }] : []),
    ...(outgoing && early.size === 0 ? [out('')] : some.map(out)),
  ]
}
