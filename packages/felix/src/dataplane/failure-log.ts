import type { Logger } from '@manx/api'

/** How often a failure that stays the same is logged again, in milliseconds. */
const repeatAfter = 60_000

interface Said {
  readonly reason: string
  /** On the clock of the log. */
  readonly at: number
}

/** What fails, by name. Each failure is logged when its text is another one than before, else once a minute. */
export class FailureLog {
  readonly #logger: Logger
  readonly #now: () => number
  readonly #reasons = new Map<string, string>()
  readonly #said = new Map<string, Said>()

  /** `now` gives milliseconds that never go back. */
  constructor(logger: Logger, now: () => number = () => performance.now()) {
    this.#logger = logger
    this.#now = now
  }

  /** Why it failed the last time; undefined when it works, or was never tried. */
  reasonOf(name: string): string | undefined {
    return this.#reasons.get(name)
  }

  failed(name: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#reasons.set(name, reason)
    const said = this.#said.get(name)
    const now = this.#now()
    if (said?.reason === reason && now - said.at < repeatAfter) return
    this.#said.set(name, { reason, at: now })
    this.#logger.error(`${name}: ${reason}; will be tried again`, { error })
  }

  worked(name: string): void {
    if (!this.#reasons.delete(name)) return
    this.#said.delete(name)
    this.#logger.info(`${name}: works again`)
  }
}
