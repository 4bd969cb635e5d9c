import { setTimeout as sleep } from 'node:timers/promises'
import { type InstalledImages, imageArchives } from '../install/make-images.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan, PlannedNode } from '../plan/lab-plan.ts'
import type { LabApi } from './lab-api.ts'
import { type NodePrograms, prepareNode } from './prepare-node.ts'
import { ctr, startContainerd, startKubelet, startKubeProxy, startNodeHolder } from './start-node.ts'

/** Boots one node, with the images in place before kubelet can want one. Needs the certificates only. */
export async function bootNode(
  plan: LabPlan,
  node: PlannedNode,
  programs: NodePrograms,
  images: Promise<InstalledImages>,
  signal: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  const installed = await images
  await prepareNode(plan, node, programs, installed.pause.reference)
  const holder = await startNodeHolder(lab, node, programs)
  await startContainerd(lab, node.name, holder, signal)
  await startKubeProxy(lab, node.name, holder)
  for (const image of imageArchives(installed)) {
    signal.throwIfAborted()
    const imported = await ctr(lab, node.name, holder, ['images', 'import', '--local', image.output])
    if (imported.code !== 0) {
      throw new LabError('StartFailed', `${node.name}: cannot import ${image.output}: ${imported.stderr.trim()}`)
    }
  }
  await startKubelet(plan, node, holder)
}

/** Waits until every node is in the API; none is Ready before there is a network. */
export async function registeredNodes(plan: LabPlan, api: LabApi, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + 90_000
  for (;;) {
    signal.throwIfAborted()
    const { items } = await api.get<{ items: { metadata: { name: string } }[] }>('/api/v1/nodes')
    const there = new Set(items.map(({ metadata }) => metadata.name))
    const missing = plan.nodes.filter(({ name }) => !there.has(name)).map(({ name }) => name)
    if (missing.length === 0) return
    if (Date.now() > deadline) {
      throw new LabError('StartFailed', `${missing.join(', ')} did not register: see the logs of kubelet.NODE`)
    }
    await sleep(100, undefined, { signal })
  }
}
