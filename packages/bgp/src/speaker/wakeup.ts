/** Remembers one call: `wait` resolves once for any number of `notify` since the last wait. */
export class Wakeup {
  #pending: boolean = false
  #resolve: (() => void) | undefined

  notify(): void {
    this.#pending = true
    this.#resolve?.()
  }

  /** One waiter at a time. Also resolves when the signal aborts, and after `timeout` milliseconds. */
  async wait(signal: AbortSignal, timeout?: number): Promise<void> {
    if (!this.#pending && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#resolve = resolve
      signal.addEventListener('abort', resolve as () => void, { once: true })
      const timer = timeout === undefined ? undefined : setTimeout(resolve, timeout)
      await promise
      clearTimeout(timer)
      signal.removeEventListener('abort', resolve as () => void)
      this.#resolve = undefined
    }
    this.#pending = false
  }
}
