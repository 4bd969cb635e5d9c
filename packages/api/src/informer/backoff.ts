import { setTimeout as wait } from 'node:timers/promises'

export interface BackoffOptions {
  /** Milliseconds of the first wait, at most. */
  readonly first: number
  /** Milliseconds that waits grow up to. */
  readonly most: number
  /** Between 0 and 1; for tests. */
  readonly random?: () => number
}

/** Waits that double, each shortened by up to a half at random so that many clients do not come back at once. */
export interface Backoff {
  /** Milliseconds of the next wait. */
  next(): number
  reset(): void
}

export function createBackoff({ first, most, random = Math.random }: BackoffOptions): Backoff {
  let current = first
  return {
    next: () => {
      const wait = current * (0.5 + random() / 2)
      current = Math.min(current * 2, most)
      return wait
    },
    reset: () => {
      current = first
    },
  }
}

/** Waits; returns early, without an error, when the signal comes. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted !== true) throw error
  }
}
