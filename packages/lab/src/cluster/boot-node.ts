import { setTimeout as sleep } from 'node:timers/promises'
import type { ImageArchive, PendingImages } from '../install/make-images.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan, PlannedNode } from '../plan/lab-plan.ts'
import type { LabApi } from './lab-api.ts'
import { type NodePrograms, prepareNode } from './prepare-node.ts'
import { ctr, startContainerd, startKubelet, startKubeProxy, startNodeHolder } from './start-node.ts'

/** Boots one node; resolves when it has the images, which is before a pod can be placed on it. Needs the certificates only. */
export async function bootNode(
  plan: LabPlan,
  node: PlannedNode,
  programs: NodePrograms,
  images: PendingImages,
  signal: AbortSignal,
): Promise<void> {
  const lab = plan.options.name
  const { agnhost, coredns, pause } = await images.common
  await prepareNode(plan, node, programs, pause.reference)
  const holder = await startNodeHolder(lab, node, programs)
  await startContainerd(lab, node.name, holder, signal)
  await startKubelet(plan, node, holder)
  await startKubeProxy(lab, node.name, holder)
  const load = async (image: ImageArchive) => {
    signal.throwIfAborted()
    const imported = await ctr(lab, node.name, holder, ['images', 'import', '--local', image.output])
    if (imported.code === 0) return
    throw new LabError('StartFailed', `${node.name}: cannot import ${image.output}: ${imported.stderr.trim()}`)
  }
  for (const image of [pause, coredns, agnhost]) await load(image)
  const manx = await images.manx
  if (manx !== undefined) await load(manx)
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
