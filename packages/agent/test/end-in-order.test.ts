import { describe, expect, test } from '@jest/globals'
import { type Ending, endInOrder, endingBudget } from '../src/end-in-order.ts'

const never = () => new Promise<never>(() => undefined)

function recorded(changes: Partial<Ending> = {}): { readonly steps: string[]; readonly ending: Ending } {
  const steps: string[] = []
  const step = (name: string) => async () => void steps.push(name)
  const keepBgp = async () => {
    steps.push('keepBgp')
    return false
  }
  const [drain, endBgp, stopBgp, endParts] = [step('drain'), step('endBgp'), step('stopBgp'), step('endParts')]
  return { steps, ending: { drain, keepBgp, endBgp, stopBgp, endParts, ...changes } }
}

describe('the end', () => {
  test('closes CNI first, and stops BGP before the rest', async () => {
    const { steps, ending } = recorded()
    expect(await endInOrder(ending)).toBe(false)
    expect(steps).toEqual(['drain', 'keepBgp', 'endBgp', 'stopBgp', 'endParts'])
  })

  test('stops BGP while a request is still being served', async () => {
    const request = Promise.withResolvers<void>()
    const { steps, ending } = recorded({
      drain: () => request.promise,
      // Only this lets the draining end.
      stopBgp: async () => request.resolve(),
    })
    await endInOrder(ending, { ...endingBudget, drain: 600_000 })
    expect(steps).toEqual(['keepBgp', 'endBgp', 'endParts'])
  })

  test('leaves BGP alone when only the agent restarts', async () => {
    const { steps, ending } = recorded({ keepBgp: async () => true })
    expect(await endInOrder(ending)).toBe(true)
    expect(steps).not.toContain('stopBgp')
  })

  test('comes although every step hangs', async () => {
    const steps = { drain: never, keepBgp: never, endBgp: never, stopBgp: never, endParts: never }
    expect(await endInOrder(steps, { drain: 1, keepBgp: 1, endBgp: 1, stopBgp: 1, endParts: 1 })).toBe(false)
    const { drain, keepBgp, endBgp, stopBgp, endParts } = endingBudget
    expect(Math.max(drain, Math.max(keepBgp, endBgp) + stopBgp) + endParts).toBeLessThan(25_000)
  })

  test('says that BGP could not be stopped, after the rest', async () => {
    const { steps, ending } = recorded({ stopBgp: () => Promise.reject(new Error('no answer')) })
    await expect(endInOrder(ending)).rejects.toThrow('no answer')
    expect(steps.at(-1)).toBe('endParts')
  })
})
