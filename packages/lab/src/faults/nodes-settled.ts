import { setTimeout as sleep } from 'node:timers/promises'
import { nodesNotReady } from '../install/install-manx.ts'
import { LabError } from '../lab-error.ts'
import { fetchInHost } from '../proof/fetch-in-host.ts'
import type { FaultLab } from './fault-lab.ts'

/** Waits until every node is Ready and its agent says that nothing is missing. */
export async function nodesSettled({ plan, api, log, signal }: FaultLab, seconds = 90): Promise<void> {
  const deadline = Date.now() + seconds * 1000
  let last = ''
  for (;;) {
    const waiting = await whoWaits()
    if (waiting.length === 0) return
    if (waiting.join('; ') !== last) log(`waiting: ${waiting.join('; ')}`)
    last = waiting.join('; ')
    if (Date.now() > deadline) throw new LabError('CheckFailed', `after ${seconds} s: ${waiting.join('; ')}`)
    await sleep(250, undefined, { signal })
  }

  async function whoWaits(): Promise<readonly string[]> {
    const agents = await Promise.all(
      plan.nodes.map(async ({ name }) => {
        const [answer] = await fetchInHost(plan.options.name, name, ['http://127.0.0.1:9099/readiness'])
        if (answer === undefined || !('error' in answer)) return []
        return [`the agent of ${name} is not ready: ${answer.error.slice(0, 100)}`]
      }),
    )
    const notReady = await nodesNotReady(api).catch((error: Error) => [error.message])
    return [...agents.flat(), ...notReady.map((name) => `${name} is not Ready`)]
  }
}
