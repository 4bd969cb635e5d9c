/** Up to this part of the interval is taken off at random, so that timers and nodes do not run in step. */
const jitter = 0.1

/** Calls a function again and again. The interval is asked for each time, because it is configuration; 0 turns it off. */
export class RefreshTimer {
  readonly #interval: () => number
  readonly #run: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(interval: () => number, run: () => void) {
    this.#interval = interval
    this.#run = run
  }

  start(): void {
    const interval = this.#interval()
    // When it is off, look again later whether it still is.
    const delay = interval === 0 ? 90_000 : interval * (1 - jitter * Math.random())
    this.#timer = setTimeout(() => {
      if (interval !== 0) this.#run()
      this.start()
    }, delay)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
