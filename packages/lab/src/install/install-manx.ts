import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { LabApi } from '../cluster/lab-api.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import { bgpObjects, nodeAsNumbers } from './bgp-objects.ts'
import { kubectl } from './kubectl.ts'
import { writeOverlay } from './lab-overlay.ts'
import type { ImageArchive } from './make-images.ts'
import { describeNamespace, rolledOut } from './rolled-out.ts'

/** Installs Manx by the steps of its installation guide: the manifests, the nodes' AS numbers, the BGP objects. */
export async function applyManx(plan: LabPlan, program: string, image: ImageArchive): Promise<void> {
  const lab = plan.options.name
  const apply = (...args: string[]) => kubectl(lab, program, ['apply', '--server-side', ...args])
  for (const [node, asNumber] of nodeAsNumbers(plan)) {
    await kubectl(lab, program, ['annotate', '--overwrite', 'node', node, `projectcalico.org/ASNumber=${asNumber}`])
  }
  await apply('-k', await writeOverlay(lab, image.reference))
  const kinds = ['bgpconfigurations', 'bgppeers'].map((plural) => `crd/${plural}.projectcalico.org`)
  await kubectl(lab, program, ['wait', '--for=condition=Established', '--timeout=60s', ...kinds])
  const documents = bgpObjects(plan).map((document) => stringify(document))
  await kubectl(lab, program, ['apply', '--server-side', '-f', '-'], documents.join('---\n'))
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] }
  }[]
}

/** Resolves when every node is Ready and Manx is rolled out; says what hangs when it takes too long. */
export async function manxReady(plan: LabPlan, program: string, api: LabApi, signal: AbortSignal): Promise<void> {
  const lab = plan.options.name
  const deadline = Date.now() + 180_000
  for (;;) {
    signal.throwIfAborted()
    const notReady = await nodesNotReady(api)
    if (notReady.length === 0) break
    if (Date.now() > deadline) {
      const why = await describeNamespace(lab, program, 'manx-system')
      throw new LabError('StartFailed', `not Ready: ${notReady.join(', ')}\n${why}`)
    }
    await sleep(200, undefined, { signal })
  }
  for (const workload of ['daemonset/manx-node', 'deployment/manx-controllers']) {
    await rolledOut(lab, program, 'manx-system', workload)
  }
}

export async function nodesNotReady(api: LabApi): Promise<readonly string[]> {
  const { items } = await api.get<NodeList>('/api/v1/nodes')
  const isReady = ({ status }: NodeList['items'][number]) =>
    status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True')
  return items.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name)
}
