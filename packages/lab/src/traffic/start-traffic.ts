import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { containerPids, type LabPod, readyPods } from '../cluster/find-pods.ts'
import type { LabApi } from '../cluster/lab-api.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import { kubectl } from '../install/kubectl.ts'
import { LabError } from '../lab-error.ts'
import type { LabPlan } from '../plan/lab-plan.ts'
import { judgeTraffic, type TrafficResult } from './judge-traffic.ts'
import { type PlannedWorker, planTraffic, type TrafficPods } from './plan-traffic.ts'
import { startTrafficWorker, type TrafficWorker } from './start-worker.ts'
import { strangerNamespace, trafficManifest, trafficNamespace } from './traffic-manifest.ts'

/** Traffic that runs until it is stopped. */
export interface Traffic {
  readonly pods: TrafficPods
  /** What was so far; packets that are on their way count as lost. */
  look(): Promise<TrafficResult>
  /** Ends it, when every answer had its time. */
  stop(): Promise<TrafficResult>
  /** Ends the processes, without a result. */
  [Symbol.dispose](): void
}

export interface TrafficLab {
  readonly plan: LabPlan
  readonly api: LabApi
  readonly kubectl: string
  readonly agnhostImage: string
  readonly signal: AbortSignal
}

/** Applies the pods and policies of the traffic and waits for them; done once, found again later. */
export async function trafficPods(lab: TrafficLab): Promise<TrafficPods> {
  const documents = trafficManifest(lab.agnhostImage).map((document) => stringify(document))
  const { name } = lab.plan.options
  await kubectl(name, lab.kubectl, ['apply', '--server-side', '-f', '-'], documents.join('---\n'))
  const count = lab.plan.nodes.length
  const find = (namespace: string, app: string) => readyPods(lab.api, { namespace, app, count }, lab.signal)
  const [servers, clients, strangers] = await Promise.all([
    find(trafficNamespace, 'server'),
    find(trafficNamespace, 'client'),
    find(strangerNamespace, 'stranger'),
  ])
  return { servers, clients, strangers }
}

/** Starts a worker in every pod, servers first. */
export async function startTraffic(lab: TrafficLab): Promise<Traffic> {
  const pods = await trafficPods(lab)
  const pids = await containerPids(lab.plan)
  const planned = planTraffic(pods)
  const workers: (PlannedWorker & TrafficWorker)[] = []
  const dispose = () => {
    for (const { end } of workers) end()
  }
  try {
    // Clients last: nothing is sent before there is somebody to answer.
    for (const serve of [true, false]) {
      const some = planned.filter(({ order }) => order.serve === serve)
      const started = await Promise.all(
        some.map(async ({ pod, order }) => ({
          pod,
          order,
          ...(await startTrafficWorker(`/proc/${pidOf(pod, pids)}/ns/net`, order, {
            [labVariable]: lab.plan.options.name,
            [daemonVariable]: `traffic.${pod.name}`,
          })),
        })),
      )
      workers.push(...started)
    }
  } catch (error) {
    dispose()
    throw error
  }
  const look = async () =>
    judgeTraffic(
      await Promise.all(
        workers.map(async ({ pod, order, report }) => ({
          pod,
          order,
          report: await report(),
        })),
      ),
    )
  return {
    pods,
    look,
    stop: async () => {
      await Promise.all(workers.map(({ stop }) => stop()))

      await sleep(500, undefined, { signal: lab.signal })
      let result = await look()
      for (let tries = 0; tries < 40 && result.waiting > 0; tries += 1) {
        await sleep(500, undefined, { signal: lab.signal })
        result = await look()
      }
      dispose()
      return result
    },
    [Symbol.dispose]: dispose,
  }
}

function pidOf(pod: LabPod, pids: ReadonlyMap<string, number>): number {
  const pid = pids.get(pod.container)
  if (pid === undefined) throw new LabError('CheckFailed', `no process of pod ${pod.name} found on ${pod.node}`)
  return pid
}
