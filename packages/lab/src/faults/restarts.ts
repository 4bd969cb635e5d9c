import { setTimeout as sleep } from 'node:timers/promises'
import { startTraffic } from '../traffic/start-traffic.ts'
import { describeTraffic } from './describe-traffic.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { compareNodes, dumpKernels, type KernelDump, withoutHandles } from './kernel-dump.ts'
import { killProgram, type NodeProgram } from './node-programs.ts'
import { nodesSettled } from './nodes-settled.ts'
import { startPolicyChurn } from './policy-churn.ts'
import { describeEvent, watchKernel } from './watch-kernel.ts'

const victims: readonly (readonly NodeProgram[])[] = [['agent'], ['gobgpd'], ['agent', 'gobgpd']]

/**
 * Kills agents and gobgpds at random under traffic: the first half of the kills while nothing else changes, so that every
 * change of the kernel is one too many, the second half while policies come and go.
 */
export async function restarts(lab: FaultLab, kills: number): Promise<FaultResult> {
  const { plan, api } = lab
  using traffic = await startTraffic(lab)
  await nodesSettled(lab)
  using watch = await watchKernel(plan)
  const before = await dumpKernels(plan)

  const quiet = Math.ceil(kills / 2)
  await killAtRandom(lab, quiet)
  const quietChanges = compareNodes(before, await dumpKernels(plan))
  const quietEvents = [...watch.events]

  const churn = startPolicyChurn(api, lab.random)
  await killAtRandom(lab, kills - quiet)
  const changes = await churn.stop()
  // Removals of the last policies have to reach the kernel of every node.
  await sleep(3000, undefined, { signal: lab.signal })
  const churnChanges = compareNodes(strip(before), strip(await dumpKernels(plan)))
  const churnEvents = watch.events.slice(quietEvents.length)
  const removedRoutes = churnEvents.filter(({ kind, removed }) => kind === 'route' && removed)

  const result = await traffic.stop()
  return {
    summary: `${kills} kills, ${changes} policy changes; ${describeTraffic(result)}; ${quietEvents.length} changes of the kernel while nothing changed`,
    problems: [
      ...result.problems,
      // What sees nothing when there is something proves nothing.
      ...(churnEvents.some(({ kind }) => kind === 'nft')
        ? []
        : ['no change of the rules was seen while policies changed']),
      ...quietEvents.slice(0, 20).map((event) => `changed while nothing changed: ${describeEvent(event)}`),
      ...quietChanges.slice(0, 20).map((line) => `after the quiet half, ${line}`),
      ...removedRoutes.slice(0, 20).map((event) => `a route was removed: ${describeEvent(event)}`),
      ...churnChanges.slice(0, 20).map((line) => `at the end, ${line}`),
    ],
  }
}

/** Kills, now and then before the last victim is back; resolves when every node is as it should be. */
async function killAtRandom(lab: FaultLab, kills: number): Promise<void> {
  const { plan, random, signal, log } = lab
  for (let kill = 1; kill <= kills; kill += 1) {
    const node = plan.nodes[Math.floor(random() * plan.nodes.length)]?.name ?? ''
    const programs = victims[kill % victims.length] ?? []
    await killProgram(plan, node, programs, signal)
    log(`kill ${kill} of ${kills}: ${programs.join(' and ')} of ${node}`)
    await sleep(300 + random() * 3000, undefined, { signal })
  }
  await nodesSettled(lab)
}

function strip(dumps: ReadonlyMap<string, KernelDump>): ReadonlyMap<string, KernelDump> {
  return new Map([...dumps].map(([node, dump]) => [node, withoutHandles(dump)]))
}
