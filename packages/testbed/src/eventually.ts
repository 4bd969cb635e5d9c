import { setTimeout as sleep } from 'node:timers/promises'

export interface EventuallyOptions {
  /** Milliseconds until the last error is thrown; default 10,000. */
  readonly timeout?: number
  /** Milliseconds between tries; default 50. */
  readonly interval?: number
}

/** Repeats an assertion until it holds, and returns what it returned; throws its last error when time is up. */
export async function eventually<T>(assertion: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const deadline = Date.now() + (options.timeout ?? 10_000)
  for (;;) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() >= deadline) throw error
      await sleep(options.interval ?? 50)
    }
  }
}
