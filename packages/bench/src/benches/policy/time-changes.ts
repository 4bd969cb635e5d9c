import { pause } from '@manx/api'
import type { Prober } from '../../native/prober.ts'
import { type ChangeName, type Changer, changes } from './probe.ts'

export type ChangeTimes = ReadonlyMap<ChangeName, number[]>

/**
 * Does all changes in turn, `rounds` times, and takes for each the milliseconds until the first packet that it refused or let
 * through. Packets must pass at first; they do at the end. `between` is called after each change, with packets as it wants them.
 */
export async function timeChanges(
  changer: Changer,
  prober: Prober,
  rounds: number,
  between: (name: ChangeName) => Promise<void> = () => Promise.resolve(),
): Promise<ChangeTimes> {
  const times = new Map(changes.map(({ name }): [ChangeName, number[]] => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { name, packets } of changes) {
      // A random moment, so that no rhythm of the loops and timers that are measured is met every time.
      await pause(15 + Math.random() * 10)
      const began = await changer[name]()
      const met = await prober.until(packets).catch((error: Error) => {
        throw new Error(`${name}: ${error.message}`, { cause: error })
      })
      times.get(name)?.push(met - began)
      await between(name)
    }
  }
  return times
}
