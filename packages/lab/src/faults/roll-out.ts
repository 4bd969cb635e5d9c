import { kubectl } from '../install/kubectl.ts'
import { rolledOut } from '../install/rolled-out.ts'
import { startTraffic } from '../traffic/start-traffic.ts'
import { describeTraffic } from './describe-traffic.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { compareNodes, dumpKernels } from './kernel-dump.ts'
import { nodesSettled } from './nodes-settled.ts'
import { describeEvent, watchKernel } from './watch-kernel.ts'

/** The DaemonSet gets a new pod template under traffic, so every node gets another agent and another gobgpd in turn. */
export async function rollOut(lab: FaultLab): Promise<FaultResult> {
  const { plan, kubectl: program } = lab
  const name = plan.options.name
  using traffic = await startTraffic(lab)
  await nodesSettled(lab)
  using watch = await watchKernel(plan)
  const before = await dumpKernels(plan)
  const start = Date.now()
  const patch = {
    spec: { template: { metadata: { annotations: { 'manx.dev/rolled-at': new Date().toISOString() } } } },
  }
  await kubectl(name, program, ['-n', 'manx-system', 'patch', 'daemonset/manx-node', '-p', JSON.stringify(patch)])
  await rolledOut(name, program, 'manx-system', 'daemonset/manx-node')
  await nodesSettled(lab)
  const seconds = ((Date.now() - start) / 1000).toFixed(0)
  const events = [...watch.events]
  const result = await traffic.stop()
  return {
    summary: `${plan.nodes.length} nodes in ${seconds} s; ${describeTraffic(result)}; ${events.length} changes of the kernel`,
    problems: [
      ...result.problems,
      ...events.slice(0, 20).map((event) => `changed: ${describeEvent(event)}`),
      ...compareNodes(before, await dumpKernels(plan)).slice(0, 20),
    ],
  }
}
