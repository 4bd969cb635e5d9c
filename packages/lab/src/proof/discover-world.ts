import { containerPids, readyPods } from '../cluster/find-pods.ts'
import type { LabApi } from '../cluster/lab-api.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import type { FamilyKey, ProbeServices, ProbeWorld } from './probe.ts'
import { probeNamespace } from './probe-manifest.ts'

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
  const pods = (app: string) =>
    readyPods(api, { namespace: probeNamespace, app, count: plan.nodes.length, seconds: 120 }, signal)
  const [probes, peers] = await Promise.all([pods('probe'), pods('peer')])
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

function servicesOf(services: readonly Service[], family: FamilyKey): ProbeServices {
  const named = (name: string) => services.find(({ metadata }) => metadata.name === `${name}-${family}`)?.spec
  return {
    clusterAddress: named('probe')?.clusterIP ?? '',
    itselfAddress: named('itself')?.clusterIP ?? '',
    nodePort: named('nodeport')?.ports[0]?.nodePort ?? 0,
    nodePortLocal: named('nodeport-local')?.ports[0]?.nodePort ?? 0,
  }
}
