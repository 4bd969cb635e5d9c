import { pendingPeers } from './convergence.ts'
import { isBgpError } from './error.ts'
import type { Desired } from './plan/desired.ts'
import type { Speaker } from './speaker/speaker.ts'
import { Wakeup } from './speaker/wakeup.ts'

const leastTime = 30_000

/**
 * How long routes of before a restart stay in the kernel: until the plan is known and every peer has told its routes, or until
 * the time is over that peers keep ours. Without the API server nothing is deleted at all.
 */
export class Retention {
  /** The plan comes from the API server. */
  planKnown: boolean = false
  #tableKnown: boolean = false
  readonly #onEnd: () => void
  #active: boolean = true
  #deadline = 0

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  get tableKnown(): boolean {
    return this.#tableKnown
  }

  get active(): boolean {
    return this.#active
  }

  /** `time` in milliseconds. One that runs already is not begun anew: peers do not wait longer for a speaker that dies twice. */
  begin(time: number): void {
    if (!this.#active || this.#deadline === 0) this.#deadline = Date.now() + time
    this.#active = true
    this.#tableKnown = false
  }

  /** The speaker has told the whole table; sessions that come up only now get a moment, however late it is. */
  tableTold(): void {
    this.#tableKnown = true
    this.#deadline = Math.max(this.#deadline, Date.now() + leastTime)
  }

  /** Ends when all is known and nobody is pending, or when time is over. */
  check(pending: number): void {
    if (!this.#active || !this.planKnown) return
    if (Date.now() < this.#deadline && (!this.#tableKnown || pending > 0)) return
    this.#active = false
    this.#onEnd()
  }
}

const interval = 1000

/** Asks for the state of sessions as long as routes are retained, and not a moment longer. */
export async function convergencePoll(
  retention: Retention,
  speaker: Speaker,
  desired: () => Desired | undefined,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if (retention.active) {
      const peers = desired()?.peers.values() ?? []
      try {
        retention.check(pendingPeers(peers, await speaker.peers(), Date.now() / 1000).length)
      } catch (error) {
        // The speaker tells why by itself; time goes on.
        if (!isBgpError(error)) throw error
        retention.check(1)
      }
    }
    await new Wakeup().wait(signal, interval)
  }
}
