import { isApiError } from '@manx/api'

const isConflict = (error: unknown): boolean => isApiError(error, 'Conflict')

/** Reads and writes once more when another writer came between; gives up when that happens again and again. */
export async function retryRaces<T>(
  work: () => Promise<T>,
  isRace: (error: unknown) => boolean = isConflict,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (!isRace(error) || tries >= 10) throw error
    }
  }
}
