import { setTimeout as sleep } from 'node:timers/promises'

export interface WorkQueueOptions {
  /** Handles one key. A rejection brings the key back after a growing pause. */
  readonly work: (key: string, signal: AbortSignal) => Promise<void>
  readonly onError: (key: string, error: unknown) => void
  /** Keys handled at the same time; default 4. */
  readonly workers?: number
  /** Milliseconds of the first pause after a failure, doubling up to a minute; default 200. */
  readonly firstPause?: number
}

/** A queue of keys: a key waits at most once, and is never handled twice at the same time. */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #waiting = new Set<string>()
  readonly #running = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly due: number }>()
  #signal: AbortSignal | undefined

  constructor(options: WorkQueueOptions) {
    this.#options = options
  }

  /** Keys that wait or are being handled. */
  get size(): number {
    return new Set([...this.#waiting, ...this.#running]).size
  }

  add(key: string): void {
    this.#waiting.add(key)
    this.#start()
  }

  /** Adds the key after a pause, at the earliest time that anybody asked for. */
  addAfter(key: string, milliseconds: number): void {
    if (this.#signal?.aborted === true) return
    const due = Date.now() + milliseconds
    const planned = this.#timers.get(key)
    if (planned !== undefined && planned.due <= due) return
    clearTimeout(planned?.timer)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.add(key)
    }, milliseconds)
    this.#timers.set(key, { timer: timer.unref(), due })
  }

  /** Handles keys until the signal; resolves when those under way have ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    this.#start()
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
    while (this.#running.size > 0) await sleep(10)
    this.#signal = undefined
  }

  #start(): void {
    const signal = this.#signal
    if (signal === undefined || signal.aborted) return
    for (const key of this.#waiting) {
      if (this.#running.size >= (this.#options.workers ?? 4)) return
      if (this.#running.has(key)) continue
      this.#waiting.delete(key)
      this.#running.add(key)
      void this.#handle(key, signal)
    }
  }

  async #handle(key: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.work(key, signal)
      this.#failures.delete(key)
    } catch (error) {
      if (!signal.aborted) {
        const failures = (this.#failures.get(key) ?? 0) + 1
        this.#failures.set(key, failures)
        this.#options.onError(key, error)
        this.addAfter(key, Math.min(60_000, (this.#options.firstPause ?? 200) * 2 ** Math.min(failures - 1, 10)))
      }
    } finally {
      this.#running.delete(key)
      this.#start()
    }
  }
}
