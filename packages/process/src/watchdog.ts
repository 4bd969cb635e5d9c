/** A piece of work that has taken longer than it may. */
export interface Hanging {
  /** The component that the work belongs to. */
  readonly name: string
  readonly seconds: number
}

/** Milliseconds that a component's work may take, as Felix allows its dataplane. */
export const usualLimit = 90_000

/** Watches work that must end in time. What does not, waits for something that will not come: only a restart helps. */
export class Watchdog {
  readonly #running = new Set<{ readonly name: string; readonly since: number; readonly limit: number }>()
  readonly #now: () => number

  /** `now` gives milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  async guard<T>(name: string, limit: number, work: () => Promise<T>): Promise<T> {
    const entry = { name, since: this.#now(), limit }
    this.#running.add(entry)
    try {
      return await work()
    } finally {
      this.#running.delete(entry)
    }
  }

  hanging(): readonly Hanging[] {
    const now = this.#now()
    return [...this.#running]
      .filter(({ since, limit }) => now - since > limit)
      .map(({ name, since }) => ({ name, seconds: Math.round((now - since) / 1000) }))
  }
}
