import type { Comparison, Difference } from './comparison.ts'
import { minimize } from './minimize.ts'
import { renderFailure } from './render-failure.ts'
import type { Step } from './scenario.ts'

/**
 * Makes a failure as small as it can be and words it: one state if it fails from scratch, else the states that lead to it.
 * A failure that needs what ran before the scenario is given whole.
 */
export async function findSmallest(
  comparison: Comparison,
  steps: readonly Step[],
  difference: Difference,
): Promise<string> {
  let latest = difference
  const fails = async (candidate: readonly Step[]) => {
    try {
      await comparison.reset()
      const [found] = (await comparison.run(candidate)).differences
      if (found?.kernel !== difference.kernel || found.felix !== difference.felix) return false
      latest = found
      return true
    } catch {
      // Something is left out that cannot be.
      return false
    }
  }
  const packets = [difference.packet]
  const led = steps.slice(0, difference.step + 1)
  const flat: readonly Step[] = [{ changes: led.flatMap(({ changes }) => changes), packets }]
  const staged = led.map((step, index) => ({ ...step, packets: index === difference.step ? packets : [] }))
  for (const candidate of [flat, staged]) {
    if (!(await fails(candidate))) continue
    const smallest = await minimize(candidate, (each) => fails(each))
    await fails(smallest)
    return renderFailure(smallest, latest)
  }
  return `only after the scenario before it:\n${renderFailure(led, difference)}`
}
