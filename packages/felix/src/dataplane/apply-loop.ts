import type { Logger } from '@manx/api'
import { backoff } from './backoff.ts'
import type { ApplyOptions, Driver } from './driver.ts'
import { FailureLog } from './failure-log.ts'

export interface ApplyLoopOptions {
  /** In the order in which they must be done: policy before the routes that bring packets. */
  readonly drivers: readonly Driver[]
  readonly logger: Logger
  /** Called at the start of each round, to hand the drivers what changed. If it throws, the round ends there and is tried again. */
  readonly before: () => void
  /** Called after each round, also after one with failures. */
  readonly after: () => void
}

/** How a driver does. */
export interface DriverState {
  readonly name: string
  /** False until the first round that went well, and from the first failure to the next success. */
  readonly ready: boolean
  readonly reason: string
}

/** While a failure is waited out, new requests are tried after this many milliseconds: they may have nothing to do with it. */
const hurry = 100

/** What `before` does, as it is called in states. */
const calculation = 'calculation'

/** Runs the drivers, one round at a time: whatever is asked for during a round is one next round. A failed one is tried again. */
export class ApplyLoop {
  readonly #options: ApplyLoopOptions
  readonly #failed: FailureLog
  readonly #done = new Set<string>()
  #apply: ApplyOptions | undefined
  #wanted: boolean = false
  #running: Promise<void> | undefined
  #immediate: NodeJS.Immediate | undefined
  /** What fires next, and when, of `performance.now()`. */
  #timer: { readonly handle: NodeJS.Timeout; readonly due: number } | undefined
  #failures = 0
  #stopped: boolean = false
  /** When the round began that runs now, of `performance.now()`. */
  #since: number | undefined

  constructor(options: ApplyLoopOptions) {
    this.#options = options
    this.#failed = new FailureLog(options.logger)
  }

  /** Nothing is done before the first call. `sweep` never goes back to false. */
  enable(options: ApplyOptions): void {
    this.#apply = { sweep: options.sweep || this.#apply?.sweep === true }
    this.request()
  }

  /** How long the round that runs now has been running; 0 when none does. */
  get roundSeconds(): number {
    return this.#since === undefined ? 0 : (performance.now() - this.#since) / 1000
  }

  get enabled(): boolean {
    return this.#apply !== undefined
  }

  /** Asks for a round. Those asked for in one turn of the event loop, or while one runs, are one. */
  request(): void {
    if (this.#stopped || this.#apply === undefined) return
    this.#wanted = true
    if (this.#running !== undefined || this.#immediate !== undefined) return
    if (this.#failures > 1) this.#schedule(hurry)
    else this.#start()
  }

  states(): readonly DriverState[] {
    const failed = this.#failed.reasonOf(calculation)
    const drivers = this.#options.drivers.map(({ name }) => {
      const error = this.#failed.reasonOf(name)
      const ready = error === undefined && this.#done.has(name)
      const waiting = this.enabled ? 'not applied yet' : 'waits for all inputs'
      return { name, ready, reason: error ?? (ready ? '' : waiting) }
    })
    return failed === undefined ? drivers : [{ name: calculation, ready: false, reason: failed }, ...drivers]
  }

  /** Ends after the round that runs, if any. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#clearTimer()
    clearImmediate(this.#immediate)
    await this.#running
  }

  /** A round that is due sooner stays so: requests that never end must not put it off for ever. */
  #schedule(delay: number): void {
    const due = performance.now() + delay
    if (this.#timer !== undefined && this.#timer.due <= due) return
    this.#clearTimer()
    const handle = setTimeout(() => {
      this.#timer = undefined
      if (this.#running === undefined && this.#immediate === undefined) this.#start()
    }, delay)
    this.#timer = { handle, due }
  }

  #clearTimer(): void {
    clearTimeout(this.#timer?.handle)
    this.#timer = undefined
  }

  /** Waits for the end of this turn of the event loop, so that all requests of the turn are in. */
  #start(): void {
    this.#clearTimer()
    this.#immediate = setImmediate(() => {
      this.#immediate = undefined
      this.#since = performance.now()
      this.#running = this.#round().finally(() => {
        this.#running = undefined
        this.#since = undefined
        if (this.#wanted) this.request()
      })
    })
  }

  async #round(): Promise<void> {
    const options = this.#apply
    if (options === undefined) return
    this.#wanted = false
    let failed = false
    try {
      this.#options.before()
      this.#failed.worked(calculation)
    } catch (error) {
      // Nobody is told that anything is in place of which it is not known what it is.
      this.#failed.failed(calculation, error)
      this.#retry()
      return
    }
    for (const driver of this.#options.drivers) {
      try {
        await driver.apply(options)
        this.#done.add(driver.name)
        this.#failed.worked(driver.name)
      } catch (error) {
        this.#failed.failed(driver.name, error)
        failed = true
        if (driver.gates) break
      }
    }
    if (failed) this.#retry()
    else this.#failures = 0
    try {
      this.#options.after()
    } catch (error) {
      this.#options.logger.error(`what waits for a round: ${String(error)}`, { error })
    }
  }

  #retry(): void {
    this.#failures++
    if (!this.#stopped) this.#schedule(backoff(this.#failures))
  }
}
