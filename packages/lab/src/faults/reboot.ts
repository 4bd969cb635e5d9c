import { setTimeout as sleep } from 'node:timers/promises'
import { output } from '@manx/testbed'
import { rebootNode } from '../cluster/reboot-node.ts'
import { kubectl as runKubectl } from '../install/kubectl.ts'
import { namespaceName } from '../plan/lab-plan.ts'
import { checkLab } from '../proof/check-lab.ts'
import { renderReport } from '../proof/render-report.ts'
import { startTraffic } from '../traffic/start-traffic.ts'
import { describeTraffic } from './describe-traffic.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { isManxRoute } from './kernel-dump.ts'
import { nodesSettled } from './nodes-settled.ts'

/** A node loses its power with pods on it and boots with what is on its disk: its pods come back, nothing of the old ones stays. */
export async function reboot(lab: FaultLab): Promise<FaultResult> {
  const { plan, state, random, log, signal } = lab
  const node = plan.nodes[Math.floor(random() * plan.nodes.length)]?.name ?? ''
  const start = Date.now()
  await rebootNode(state, node)
  log(`${node} has booted`)
  await sleep(1000, undefined, { signal })
  await nodesSettled(lab, 120)
  const seconds = ((Date.now() - start) / 1000).toFixed(0)
  const report = await checkLab(state, signal, 60)
  // Pods of the traffic on that node are new ones, so this waits for them.
  using traffic = await startTraffic(lab)
  await sleep(5000, undefined, { signal })
  const result = await traffic.stop()
  return {
    summary: `${node} ready ${seconds} s after; ${describeTraffic(result)}`,
    problems: [
      ...(report.passed ? [] : [renderReport(report)]),
      ...result.problems,
      ...(await strayInterfaces(lab, node)),
    ],
  }
}

/** Interfaces and routes of pods that are not there: there must be one interface for each pod of the node. */
async function strayInterfaces({ plan, kubectl }: FaultLab, node: string): Promise<readonly string[]> {
  const name = plan.options.name
  const namespace = namespaceName(name, node)
  const fields = [
    '--field-selector',
    `spec.nodeName=${node}`,
    '-o',
    'jsonpath={range .items[*]}{.spec.hostNetwork} {.status.podIPs[*].ip}{"\\n"}{end}',
  ]
  const pods = await runKubectl(name, kubectl, ['get', 'pods', '-A', ...fields])
  const addresses = pods
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('true'))
    .map((line) => line.trim().split(/\s+/))
  const links = (await output('ip', ['-o', 'link', 'show'], { namespace })).match(/^\d+: cali/gm) ?? []
  const routes = await Promise.all(
    (['-4', '-6'] as const).map((family) => output('ip', [family, '-o', 'route', 'show'], { namespace })),
  )
  return [
    ...(links.length === addresses.length
      ? []
      : [`${node} has ${links.length} interfaces for ${addresses.length} pods`]),
    ...strayRoutes(routes.join('\n'), addresses.flat()).map(
      (address) => `${node} has a route to ${address}, which no pod has`,
    ),
  ]
}

/** Where routes of either family to pods lead that are no pod's address. */
export function strayRoutes(routes: string, addresses: readonly string[]): readonly string[] {
  const known = new Set(addresses)
  return routes
    .split('\n')
    .filter((line) => /\bdev cali/.test(line) && isManxRoute(line))
    .map((line) => line.trim().split(' ')[0] ?? '')
    .filter((address) => !known.has(address))
}
