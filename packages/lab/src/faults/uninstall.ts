import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { output, run } from '@manx/testbed'
import { holderPids } from '../host/enter-host.ts'
import { labFolder } from '../host/lab-folder.ts'
import { kubectl, kubectlArgs } from '../install/kubectl.ts'
import { namespaceName, type PlannedNode } from '../plan/lab-plan.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'
import { dumpKernel } from './kernel-dump.ts'
import { remainsInCluster } from './remains-in-cluster.ts'

/** `kubectl delete -k`, as the installation guide has it; whatever of Manx is found afterwards is a problem. */
export async function uninstall(lab: FaultLab): Promise<FaultResult> {
  const { plan, signal } = lab
  const name = plan.options.name
  const before = (await remains(lab)).length
  const start = Date.now()
  const args = ['delete', '--ignore-not-found', '--timeout=120s', '-k', join(labFolder(name).path, 'overlay')]
  const { code, stderr } = await run(lab.kubectl, [...kubectlArgs(name), ...args])
  const problems = code === 0 ? [] : [`kubectl delete -k ended with ${code}: ${stderr.trim()}`]
  const seconds = ((Date.now() - start) / 1000).toFixed(0)
  // What runs when kubectl returns gets a moment to end.
  let left = await remains(lab)
  for (let tries = 0; tries < 40 && left.length > 0; tries += 1) {
    await sleep(500, undefined, { signal })
    left = await remains(lab)
  }
  // Each node has a table, a configuration, a program and routes.
  if (before < 10 * plan.nodes.length) problems.push(`only ${before} things of Manx were found before it was deleted`)
  return { summary: `${before} things deleted in ${seconds} s, ${left.length} left`, problems: [...problems, ...left] }
}

/** Everything of Manx in the cluster and on its nodes. */
export async function remains(lab: FaultLab): Promise<readonly string[]> {
  const nodes = await Promise.all(lab.plan.nodes.map((node) => remainsOnNode(lab, node)))
  const objects = await remainsInCluster((args) => kubectl(lab.plan.options.name, lab.kubectl, args))
  return [...objects.map((object) => `in the cluster: ${object}`), ...nodes.flat()]
}

async function remainsOnNode({ plan }: FaultLab, node: PlannedNode): Promise<readonly string[]> {
  const namespace = namespaceName(plan.options.name, node.name)
  const { nft, routes } = await dumpKernel(plan, node.name)
  const links = (await output('ip', ['-o', 'link', 'show'], { namespace }))
    .split('\n')
    .map((line) => /^\d+: (cali[^:@]*)/.exec(line)?.[1])
    .filter((link) => link !== undefined)
  return [
    ...(nft.length === 0 ? [] : ['table inet manx']),
    ...routes.map((route) => `route ${route}`),
    ...links.map((link) => `interface ${link}`),
    ...(await remainsOnDisk(plan.options.name, node.name)),
  ].map((what) => `${node.name}: ${what}`)
}

/** Seen through a process of the node. */
async function remainsOnDisk(lab: string, node: string): Promise<readonly string[]> {
  const folder = `/proc/${(await holderPids(lab)).get(node)}/root`
  const below = async (path: string) => await readdir(join(folder, path), { recursive: true }).catch(() => [])
  return [
    ...(await below('etc/cni')).filter((path) => path.includes('manx')).map((path) => `/etc/cni/${path}`),
    ...(await below('opt/cni/bin')).filter((path) => path.includes('manx')).map((path) => `/opt/cni/bin/${path}`),
    ...(await below('var/lib/manx')).map((path) => `/var/lib/manx/${path}`),
    ...(await below('run/manx')).map((path) => `/run/manx/${path}`),
  ]
}
