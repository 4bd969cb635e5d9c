import { messageOf } from '@manx/api'

/** Parts that were started together. */
export interface RunningParts {
  /** Rejects with the name of the first part that fails, or ends although nobody told it to; never resolves. */
  readonly failure: Promise<never>
  /** Resolves when all have ended, however they did. */
  readonly ended: Promise<void>
}

/** Watches long-running parts; each is to run until `end`. */
export function watchParts(parts: Readonly<Record<string, Promise<unknown>>>, end: AbortSignal): RunningParts {
  const failure = Promise.withResolvers<never>()
  // Failures after the end are nobody's business.
  failure.promise.catch(() => undefined)
  const ended = Object.entries(parts).map(async ([name, part]) => {
    try {
      await part
      if (!end.aborted) failure.reject(new Error(`${name} ended by itself`))
    } catch (error) {
      if (!end.aborted) failure.reject(new Error(`${name} failed: ${messageOf(error)}`, { cause: error }))
    }
  })
  return { failure: failure.promise, ended: Promise.all(ended).then(() => undefined) }
}
