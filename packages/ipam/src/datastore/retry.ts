import { setTimeout as sleep } from 'node:timers/promises'
import { isApiError } from '@manx/api'
import { IpamError } from '../ipam-error.ts'

/** How often a compare-and-swap is tried before the caller hears of contention. */
export const maxTries = 100

/** True for an error that says: somebody else changed the object, read it again. */
export const isConflict = (error: unknown): boolean => isApiError(error, 'Conflict')
/** True for an error that says: there is such an object already. */
export const isTaken = (error: unknown): boolean => isApiError(error, 'AlreadyExists')

/** Repeats a read-change-write until nobody else wrote in between. `attempt` must read anew each time. */
export async function retryConflicts<T>(
  what: string,
  attempt: (tries: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let last: unknown
  for (let tries = 0; tries < maxTries; tries++) {
    signal?.throwIfAborted()
    try {
      return await attempt(tries)
    } catch (error) {
      if (!isConflict(error) && !isTaken(error)) throw error
      last = error
    }
    await pause(tries, signal)
  }
  throw new IpamError('Contention', `${what} was changed by others in all of ${maxTries} tries`, { cause: last })
}

/** Grows to half a second; random, so that writers who met once do not meet again. */
export async function pause(tries: number, signal?: AbortSignal): Promise<void> {
  const longest = Math.min(500, 2 ** Math.min(tries, 10) * 4)
  await sleep(Math.random() * longest, undefined, signal === undefined ? {} : { signal })
}
