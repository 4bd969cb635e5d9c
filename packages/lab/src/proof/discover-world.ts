import { setTimeout as sleep } from 'node:timers/promises'
import type { LabApi } from '../cluster/lab-api.ts'
import { ctr } from '../cluster/start-node.ts'
import { holderPids } from '../host/enter-host.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import type { FamilyKey, ProbePod, ProbeServices, ProbeWorld } from './probe.ts'
import { probeNamespace } from './probe-manifest.ts'

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: {
    readonly podIPs?: readonly { readonly ip: string }[]
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
    readonly containerStatuses?: readonly { readonly containerID?: string }[]
  }
}

interface Service {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly clusterIP: string; readonly ports: readonly { readonly nodePort?: number }[] }
}

/** The proof's pods and services, and a way into each pod's network namespace. */
export interface DiscoveredWorld {
  readonly world: ProbeWorld
  readonly podPid: (pod: string) => number | undefined
}

/** Waits until two pods are ready on every node, each with an address of both families. */
export async function discoverWorld(plan: LabPlan, api: LabApi, signal: AbortSignal): Promise<DiscoveredWorld> {
  const [probes, peers] = await readyPods(plan, api, signal)
  const { items: services } = await api.get<{ items: Service[] }>(`/api/v1/namespaces/${probeNamespace}/services`)
  const pids = await containerPids(plan)
  const containerOf = new Map([...probes, ...peers].map(({ name, container }) => [name, container]))
  return {
    world: {
      probes,
      peers,
      services: { v4: servicesOf(services, 'v4'), v6: servicesOf(services, 'v6') },
    },
    podPid: (pod) => pids.get(containerOf.get(pod) ?? ''),
  }
}

type FoundPod = ProbePod & { readonly container: string }

async function readyPods(plan: LabPlan, api: LabApi, signal: AbortSignal) {
  const deadline = Date.now() + 120_000
  for (;;) {
    signal.throwIfAborted()
    const path = `/api/v1/namespaces/${probeNamespace}/pods`
    const found = await Promise.all(
      ['probe', 'peer'].map((app) => api.get<{ items: Pod[] }>(`${path}?labelSelector=app%3D${app}`)),
    )
    const ready = found.map(({ items }) => items.map(readyPod).filter((pod) => pod !== undefined))
    const [probes = [], peers = []] = ready
    if (probes.length === plan.nodes.length && peers.length === plan.nodes.length) return [probes, peers] as const
    if (Date.now() > deadline) {
      const waiting = found.flatMap(({ items }) => items.filter((pod) => readyPod(pod) === undefined))
      const names = waiting.map(({ metadata, spec }) => `${metadata.name} (${spec.nodeName ?? 'not placed'})`)
      throw new LabError(
        'CheckFailed',
        `the proof's pods are not ready with addresses of both families: ${names.join(', ')}`,
      )
    }
    await sleep(200, undefined, { signal })
  }
}

function readyPod({ metadata, spec, status }: Pod): FoundPod | undefined {
  const addresses = (status.podIPs ?? []).map(({ ip }) => ip)
  const v4 = addresses.find((address) => !address.includes(':'))
  const v6 = addresses.find((address) => address.includes(':'))
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true
  if (metadata.deletionTimestamp !== undefined || !isReady || spec.nodeName === undefined) return undefined
  if (v4 === undefined || v6 === undefined) return undefined
  const container = (status.containerStatuses?.[0]?.containerID ?? '').replace('containerd://', '')
  return { name: metadata.name, node: spec.nodeName, address: { v4, v6 }, container }
}

function servicesOf(services: readonly Service[], family: FamilyKey): ProbeServices {
  const named = (name: string) => services.find(({ metadata }) => metadata.name === `${name}-${family}`)?.spec
  return {
    clusterAddress: named('probe')?.clusterIP ?? '',
    itselfAddress: named('itself')?.clusterIP ?? '',
    nodePort: named('nodeport')?.ports[0]?.nodePort ?? 0,
    nodePortLocal: named('nodeport-local')?.ports[0]?.nodePort ?? 0,
  }
}

/** Pid of each container's first process, by container id. */
async function containerPids(plan: LabPlan): Promise<ReadonlyMap<string, number>> {
  const lab = plan.options.name
  const lists = await Promise.all(
    [...(await holderPids(lab))].map(([node, holder]) => ctr(lab, node, holder, ['tasks', 'list'])),
  )
  const lines = lists.flatMap(({ stdout }) => stdout.split('\n').slice(1))
  return new Map(lines.map((line) => line.split(/\s+/)).map(([id = '', pid = '']) => [id, Number(pid)]))
}
