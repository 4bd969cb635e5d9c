import { FelixError } from '../felix-error.ts'

/** True: in place. An error: never will be. */
export type WaitCheck = () => boolean | FelixError

interface Waiter {
  readonly name: string
  /** The first round whose input has the thing that is waited for. */
  readonly round: number
  readonly check: WaitCheck
  readonly resolve: () => void
  readonly reject: (error: FelixError) => void
}

/** Callers that want to know when certain things are in the kernel. */
export class Waiters {
  readonly #waiters = new Set<Waiter>()

  /** Resolves once `check` says so after the given round or a later one. */
  wait(name: string, round: number, check: WaitCheck, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(aborted(name))
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#waiters.delete(waiter)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        name,
        round,
        check,
        resolve: () => {
          done()
          resolve()
        },
        reject: (error) => {
          done()
          reject(error)
        },
      }
      const onAbort = () => waiter.reject(aborted(name))
      signal?.addEventListener('abort', onAbort)
      this.#waiters.add(waiter)
    })
  }

  /** To be called at the end of each round, with its number. */
  settle(round: number): void {
    for (const waiter of [...this.#waiters]) {
      if (waiter.round > round) continue
      const answer = waiter.check()
      if (answer === true) waiter.resolve()
      else if (answer !== false) waiter.reject(answer)
    }
  }

  /** Ends those of one name, or all. */
  reject(error: FelixError, name: string | undefined): void {
    for (const waiter of [...this.#waiters]) if (name === undefined || waiter.name === name) waiter.reject(error)
  }
}

const aborted = (name: string): FelixError => new FelixError('Aborted', `${name}: not in place when the caller gave up`)
