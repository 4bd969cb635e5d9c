import { setTimeout as sleep } from 'node:timers/promises'
import { startTraffic } from '../traffic/start-traffic.ts'
import { killApiServer, restoreApiServer } from './api-server.ts'
import { auditedSince, auditMark, repeated } from './audit.ts'
import { callCni } from './call-cni.ts'
import { describeTraffic } from './describe-traffic.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { compareNodes, dumpKernels } from './kernel-dump.ts'
import { newObjectsWork } from './new-objects-work.ts'
import { killProgram, runningProgram } from './node-programs.ts'
import { nodesSettled } from './nodes-settled.ts'
import { describeEvent, watchKernel } from './watch-kernel.ts'

/**
 * The API server is away under traffic, and an agent and its gobgpd are killed meanwhile: traffic, routes and policy stay,
 * the agent sweeps nothing and takes no pods. When the server is back, everybody is in sync without asking for all again.
 */
export async function apiOutage(lab: FaultLab, seconds: number): Promise<FaultResult> {
  const { plan, log, signal } = lab
  const name = plan.options.name
  using traffic = await startTraffic(lab)
  await nodesSettled(lab)
  using watch = await watchKernel(plan)
  const before = await dumpKernels(plan)
  const problems: string[] = []

  await killApiServer(lab)
  log(`the API server is away for ${seconds} s`)
  const end = Date.now() + seconds * 1000
  const node = plan.nodes[0]?.name ?? ''
  try {
    await killProgram(plan, node, ['agent', 'gobgpd'], signal)
    await runningProgram(plan, node, 'agent', signal)
    await runningProgram(plan, node, 'gobgpd', signal)
    log(`agent and gobgpd of ${node} were killed and are back`)
    // Both when it has just started and when it has given up waiting for the API server.
    for (const wait of [3, 15]) {
      await sleep(wait * 1000, undefined, { signal })
      problems.push(...(await answersWithoutApi(lab, node)))
    }
    await sleep(Math.max(0, end - Date.now()), undefined, { signal })
    const events = [...watch.events]
    problems.push(...events.slice(0, 20).map((event) => `changed during the outage: ${describeEvent(event)}`))
    problems.push(...compareNodes(before, await dumpKernels(plan)).slice(0, 20))
  } finally {
    await restoreApiServer(lab)
  }

  const mark = await auditMark(name)
  const back = Date.now()
  await nodesSettled(lab)
  const settled = ((Date.now() - back) / 1000).toFixed(1)
  // A storm would be one in the first moments.
  await sleep(20_000, undefined, { signal })
  const requests = await auditedSince(name, mark)
  const first = requests.filter(({ at }) => at < back + 20_000)
  problems.push(...repeated(requests, 5, 30).map((what) => `after the API server was back, ${what}`))
  problems.push(...compareNodes(before, await dumpKernels(plan)).slice(0, 20))
  problems.push(...(await newObjectsWork(lab)))
  const result = await traffic.stop()
  return {
    summary: `${seconds} s away, in sync ${settled} s after; ${first.length} requests of Manx in the first 20 s, ${first.filter(({ verb }) => verb === 'list').length} of them lists; ${describeTraffic(result)}`,
    problems: [...result.problems, ...problems],
  }
}

async function answersWithoutApi(lab: FaultLab, node: string): Promise<readonly string[]> {
  const [add, status] = [await callCni(lab, node, 'ADD'), await callCni(lab, node, 'STATUS')]
  return [
    ...(add === 11 ? [] : [`ADD on ${node} was answered with ${add}, not 11 (try again later)`]),
    ...(status === 50 ? [] : [`STATUS on ${node} was answered with ${status}, not 50 (not available)`]),
  ]
}
