import { setTimeout as sleep } from 'node:timers/promises'
import { holderPids } from '../host/enter-host.ts'
import { LabError } from '../lab-error.ts'
import type { Dual, LabPlan } from '../plan/lab-plan.ts'
import type { LabApi } from './lab-api.ts'
import { ctr } from './start-node.ts'

/** A pod that is ready, with an address of each family. */
export interface LabPod {
  readonly name: string
  readonly namespace: string
  readonly node: string
  readonly address: Dual
  /** Id of its first container. */
  readonly container: string
}

export interface PodObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string; readonly hostNetwork?: boolean }
  readonly status: {
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly containerID?: string }[]
  }
}

/** Waits until `count` pods with the label app=APP are ready. */
export async function readyPods(
  api: LabApi,
  { namespace, app, count, seconds = 120 }: { namespace: string; app: string; count: number; seconds?: number },
  signal: AbortSignal,
): Promise<readonly LabPod[]> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    signal.throwIfAborted()
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3D${app}`
    const { items } = await api.get<{ items: PodObject[] }>(path)
    const ready = items.map(readyPod).filter((pod) => pod !== undefined)
    if (ready.length === count) return ready
    if (Date.now() > deadline) {
      const waiting = items.filter((pod) => readyPod(pod) === undefined)
      const names = waiting.map(({ metadata, spec }) => `${metadata.name} (${spec.nodeName ?? 'not placed'})`)
      throw new LabError(
        'CheckFailed',
        `${ready.length} of ${count} pods ${namespace}/${app} are ready with addresses of both families; waiting: ${names.join(', ')}`,
      )
    }
    await sleep(200, undefined, { signal })
  }
}

function readyPod({ metadata, spec, status }: PodObject): LabPod | undefined {
  const addresses = (status.podIPs ?? []).map(({ ip }) => ip)
  const v4 = addresses.find((address) => !address.includes(':'))
  const v6 = addresses.find((address) => address.includes(':'))
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
  if (metadata.deletionTimestamp !== undefined || !isReady || spec.nodeName === undefined) return undefined
  if (v4 === undefined || v6 === undefined) return undefined
  const container = (status.containerStatuses?.[0]?.containerID ?? '').replace('containerd://', '')
  return { name: metadata.name, namespace: metadata.namespace, node: spec.nodeName, address: { v4, v6 }, container }
}

/** Pid of each container's first process, by container id: a way into a pod's network namespace. */
export async function containerPids(plan: LabPlan): Promise<ReadonlyMap<string, number>> {
  const lab = plan.options.name
  const lists = await Promise.all(
    [...(await holderPids(lab))].map(([node, holder]) => ctr(lab, node, holder, ['tasks', 'list'])),
  )
  const lines = lists.flatMap(({ stdout }) => stdout.split('\n').slice(1))
  return new Map(lines.map((line) => line.split(/\s+/)).map(([id = '', pid = '']) => [id, Number(pid)]))
}
