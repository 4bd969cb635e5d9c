/** Runs functions of the same key one after another, those of different keys at once. */
export class KeyedLock {
  readonly #tails = new Map<string, Promise<unknown>>()

  /** Rejects with the signal's reason when it is aborted before the turn comes; the function is not called then. */
  async run<T>(key: string, task: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const previous = this.#tails.get(key) ?? Promise.resolve()
    const left = Promise.withResolvers<never>()
    const leave = () => left.reject(signal.reason)
    const begin = () => {
      signal.throwIfAborted()
      // From here on the task itself decides what an abort means; the next one waits for it in any case.
      signal.removeEventListener('abort', leave)
      return task()
    }
    // The next one begins whether this one succeeds or not.
    const result = previous.then(begin, begin)
    this.#tails.set(key, result)
    const forget = () => {
      if (this.#tails.get(key) === result) this.#tails.delete(key)
    }
    result.then(forget, forget)
    signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([result, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
}
