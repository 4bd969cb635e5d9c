import type { LabPod } from '../cluster/find-pods.ts'
import type { Flow, TrafficOrder } from './traffic-order.ts'

export interface TrafficPods {
  readonly servers: readonly LabPod[]
  readonly clients: readonly LabPod[]
  readonly strangers: readonly LabPod[]
}

export interface PlannedWorker {
  readonly pod: LabPod
  readonly order: TrafficOrder
}

/**
 * Every client calls every server, by each kind of flow; families take turns, so that each pair of nodes has both. Every
 * stranger tries the same, and every client tries a stranger.
 */
export function planTraffic({ servers, clients, strangers }: TrafficPods): readonly PlannedWorker[] {
  const allowed = (from: LabPod, index: number) =>
    servers.flatMap((to, at): readonly Flow[] => {
      const [a, b] = (index + at) % 2 === 0 ? (['v4', 'v6'] as const) : (['v6', 'v4'] as const)
      return [
        flow(from, to, a, 'datagrams', 100, true),
        flow(from, to, b, 'stream', 20, true),
        flow(from, to, a, 'connections', 3, true),
        flow(from, to, b, 'connections', 3, true),
      ]
    })
  const forbidden = (from: LabPod, targets: readonly LabPod[]) =>
    targets.flatMap((to) =>
      (['v4', 'v6'] as const).flatMap((family): readonly Flow[] => [
        flow(from, to, family, 'datagrams', 50, false),
        flow(from, to, family, 'connections', 2, false),
      ]),
    )
  return [
    ...servers.map((pod) => ({ pod, order: { serve: true, flows: [] } })),
    ...clients.map((pod, index) => ({
      pod,
      order: { serve: false, flows: [...allowed(pod, index), ...forbidden(pod, some(strangers, index))] },
    })),
    ...strangers.map((pod, index) => ({
      pod,
      order: { serve: true, flows: forbidden(pod, [...some(servers, index), ...some(servers, index + 1)]) },
    })),
  ]
}

function some(pods: readonly LabPod[], index: number): readonly LabPod[] {
  const pod = pods[index % pods.length]
  return pod === undefined ? [] : [pod]
}

function flow(
  from: LabPod,
  to: LabPod,
  family: 'v4' | 'v6',
  kind: Flow['kind'],
  perSecond: number,
  allowed: boolean,
): Flow {
  const name = `${from.name} (${from.node}) → ${to.name} (${to.node}), ${kind}, ${family === 'v4' ? 'IPv4' : 'IPv6'}`
  return { name, kind, address: to.address[family], perSecond, allowed }
}
