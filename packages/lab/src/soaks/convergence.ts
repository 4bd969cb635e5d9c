import { setTimeout as sleep } from 'node:timers/promises'
import { healLab, killRouter, setCable } from '../fabric/faults.ts'
import { LabError } from '../lab-error.ts'
import { planLab } from '../plan/lab-plan.ts'
import { checkLab } from '../proof/check-lab.ts'
import { renderReport } from '../proof/render-report.ts'
import type { Soak, SoakContext } from './soak.ts'

/** One fault in the fabric, for longer than the routers' hold time or shorter, then the whole proof. */
export const convergence: Soak = {
  description: 'kills routers and cuts cables at random, mends them, and proves that the network recovers by itself',
  round: async (context) => {
    const plan = planLab(context.state.options)
    const routers = plan.routers.map(({ name }) => ({
      what: `kill ${name}`,
      host: name,
      act: () => killRouter(plan, name),
    }))
    const cables = plan.nodes.map(({ name }) => ({
      what: `cut the cable of ${name}`,
      host: name,
      act: () => setCable(plan, name, 'down'),
    }))
    const fault = pick([...routers, ...cables], context)
    const seconds = Math.ceil(context.random() * 20)
    context.log(`${fault.what} for ${seconds} s`)
    await fault.act()
    await sleep(seconds * 1000, undefined, { signal: context.signal })
    await healLab(context.state, fault.host)
    const report = await checkLab(context.state, context.signal, 60)
    if (!report.passed) throw new LabError('CheckFailed', `after ${fault.what}:\n${renderReport(report)}`)
    const late = report.results.reduce((sum, result) => sum + result.late, 0)
    context.log(`recovered; ${late} probes were late`)
  },
}

function pick<T>(items: readonly T[], { random }: SoakContext): T {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new LabError('Invalid', 'there is nothing in this lab that could be broken')
  return item
}
