import { pause } from './backoff.ts'

/** Tells those who wait for an API server that is away when one of them has reached it again. */
export interface SharedContact {
  /** To be called by who has reached it after a loss, and by nobody else: it hurries all others. */
  regained(): void
  /** Waits; returns early, at a random moment within a second, when the contact is regained. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** Milliseconds over which those who were waiting come back. */
const spread = 1000

/** For informers of one process that have the same API server. */
export function createSharedContact(random: () => number = Math.random): SharedContact {
  let news = Promise.withResolvers<void>()
  return {
    regained: () => {
      news.resolve()
      news = Promise.withResolvers<void>()
    },
    pause: async (milliseconds, signal) => {
      const over = new AbortController()
      const either = AbortSignal.any([signal, over.signal])
      try {
        const waited = pause(milliseconds, either)
        const regained = await Promise.race([waited.then(() => false), news.promise.then(() => true)])
        if (regained) await Promise.race([waited, pause(random() * spread, either)])
      } finally {
        over.abort()
      }
    },
  }
}
