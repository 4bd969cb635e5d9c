/** Up to this part of the interval is taken off at random, so that timers and nodes do not run in step. */
const jitter = 0.1

/** Node fires a longer timer at once. */
const longestDelay = 2 ** 31 - 1

/** Calls a function again and again. The interval is asked for, because it is configuration; 0 turns it off. */
export class RefreshTimer {
  readonly #interval: () => number
  readonly #run: () => void
  /** When it was called last, or started. */
  #since: number | undefined
  /** The interval in force, and what is waited of it; absent: off. */
  #wait: { readonly interval: number; readonly delay: number } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(interval: () => number, run: () => void) {
    this.#interval = interval
    this.#run = run
  }

  start(): void {
    this.#since = performance.now()
    this.#wait = undefined
    this.update()
  }

  /** To be called when the interval may be another one: it counts from the last call, not from now. */
  update(): void {
    const interval = this.#interval()
    if (this.#since === undefined || interval === (this.#wait?.interval ?? 0)) return
    this.#wait = interval === 0 ? undefined : { interval, delay: interval * (1 - jitter * Math.random()) }
    this.#arm()
  }

  stop(): void {
    this.#since = undefined
    this.#wait = undefined
    this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timer)
    if (this.#since === undefined || this.#wait === undefined) return
    const rest = this.#since + this.#wait.delay - performance.now()
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(rest, 0), longestDelay))
    this.#timer.unref()
  }

  #fire(): void {
    if (this.#since === undefined || this.#wait === undefined) return
    // A timer may fire a moment early by this clock.
    if (performance.now() + 1 < this.#since + this.#wait.delay) {
      this.#arm()
      return
    }
    this.start()
    this.#run()
  }
}
