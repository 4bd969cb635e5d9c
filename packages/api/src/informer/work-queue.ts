import type { Logger } from '../logger.ts'
import { messageOf } from '../message-of.ts'
import { type Backoff, createBackoff, pause } from './backoff.ts'

/** Runs one processing of the named queue, for those who count, measure or watch over them. Must run `work` once. */
export type WorkGuard = (queue: string, work: () => Promise<void>) => Promise<void>

export interface WorkQueueOptions {
  /** Names the queue in the log and to the guard. */
  readonly name: string
  /** Makes the object of the key right; may be called again for the same key, but never twice at once. */
  readonly process: (key: string, signal: AbortSignal) => Promise<void>
  readonly logger: Logger
  /** Keys processed at once; default 4. */
  readonly concurrency?: number
  /** Milliseconds between tries of a key that fails; default 200 growing to 60,000. */
  readonly backoff?: { readonly first: number; readonly most: number }
  readonly guard?: WorkGuard
}

/** Keys waiting to be processed; each is there once, however often it is added. */
export interface WorkQueue {
  /** Processes the key soon; if it is being processed now, once more afterwards. A failing key does not wait longer. */
  add(key: string): void
  /** Adds the key after this time, or at the earlier one that somebody asked for before. */
  addAfter(key: string, milliseconds: number): void
  /** Keys that wait, are processed, or wait for another try. */
  readonly size: number
  /** Processes until the signal; waits for what is being processed then. May be called again later. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when nothing waits and nothing is processed; keys that wait for another try count as waiting. */
  idle(): Promise<void>
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { name, process, logger, concurrency = 4, backoff = { first: 200, most: 60_000 } } = options
  const { guard = (_, work) => work() } = options
  const waiting = new Set<string>()
  const active = new Set<string>()
  const again = new Set<string>()
  const failures = new Map<string, Backoff>()
  const timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly due: number }>()
  let wake = Promise.withResolvers<void>()
  let calm: PromiseWithResolvers<void> | undefined
  let stopped = false

  const add = (key: string) => {
    clearTimer(key)
    if (active.has(key)) again.add(key)
    else waiting.add(key)
    wake.resolve()
  }
  const clearTimer = (key: string) => {
    clearTimeout(timers.get(key)?.timer)
    timers.delete(key)
  }
  const addAfter = (key: string, milliseconds: number) => {
    if (stopped) return
    const due = Date.now() + milliseconds
    const planned = timers.get(key)
    if (planned !== undefined && planned.due <= due) return
    clearTimer(key)
    timers.set(key, { timer: setTimeout(() => add(key), milliseconds), due })
  }
  const isIdle = () => waiting.size + active.size + timers.size === 0

  const processOne = async (key: string, signal: AbortSignal) => {
    waiting.delete(key)
    active.add(key)
    try {
      await guard(name, () => process(key, signal))
      failures.delete(key)
    } catch (error) {
      if (!signal.aborted) {
        const waits = failures.get(key) ?? createBackoff(backoff)
        failures.set(key, waits)
        const wait = waits.next()
        logger.warn(`${name}: ${key} failed, next try in ${Math.round(wait)} ms: ${messageOf(error)}`, { key })
        addAfter(key, wait)
      }
    } finally {
      active.delete(key)
      if (again.delete(key)) add(key)
      wake.resolve()
      if (isIdle()) calm?.resolve()
    }
  }

  return {
    add,
    addAfter,
    get size() {
      return new Set([...waiting, ...active, ...timers.keys()]).size
    },
    idle: async () => {
      if (isIdle()) return
      calm ??= Promise.withResolvers()
      await calm.promise
      calm = undefined
    },
    run: async (signal) => {
      stopped = false
      const onAbort = () => wake.resolve()
      signal.addEventListener('abort', onAbort, { once: true })
      while (!signal.aborted) {
        const [key] = waiting
        if (key !== undefined && active.size < concurrency) {
          // Failures are handled inside; what is left would be a fault of the queue itself.
          processOne(key, signal).catch((error: unknown) => logger.error(`${name}: ${messageOf(error)}`))
          continue
        }
        await wake.promise
        wake = Promise.withResolvers()
      }
      stopped = true
      for (const key of [...timers.keys()]) clearTimer(key)
      while (active.size > 0) await pause(5)
    },
  }
}
