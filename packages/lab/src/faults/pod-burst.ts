import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { containerPids, type LabPod, readyPods } from '../cluster/find-pods.ts'
import { daemonVariable, labVariable } from '../host/lab-processes.ts'
import { kubectl } from '../install/kubectl.ts'
import { parseCounters, parseCounters6 } from '../traffic/network-counters.ts'
import { trafficPods } from '../traffic/start-traffic.ts'
import { trafficNamespace } from '../traffic/traffic-manifest.ts'
import { addressesOfBlocks } from './block-addresses.ts'
import type { FaultLab, FaultResult } from './fault-lab.ts'

/**
 * Many pods start at once under a policy that denies all, while a pod on every node sends to each address that they may get,
 * from before they have it. Their kernels must not have seen one packet. One that is open to all shows that packets arrive.
 */
export async function podBurst(lab: FaultLab, count: number): Promise<FaultResult> {
  const { plan, api, signal } = lab
  const name = plan.options.name
  const { strangers, servers, clients } = await trafficPods(lab)
  const taken = new Set([...strangers, ...servers, ...clients].flatMap(({ address }) => Object.values(address)))
  const targets = (await addressesOfBlocks(api)).filter((address) => !taken.has(address))
  const pids = await containerPids(plan)
  const hammers = strangers.map((pod) => startHammer(name, pod, pids.get(pod.container) ?? 0, targets))
  const documents = burstManifest(lab.agnhostImage, count).map((document) => stringify(document))
  const start = Date.now()
  try {
    await kubectl(name, lab.kubectl, ['apply', '--server-side', '-f', '-'], documents.join('---\n'))
    const find = (app: string, wanted: number) =>
      readyPods(api, { namespace: trafficNamespace, app, count: wanted, seconds: 300 }, signal)
    const [closed, open] = await Promise.all([find('burst', count), find('burst-open', 1)])
    const seconds = ((Date.now() - start) / 1000).toFixed(0)
    // Long enough for every address to be knocked at again.
    await sleep(3000, undefined, { signal })
    const counted = await containerPids(plan)
    const packets = (pods: readonly LabPod[]) =>
      Promise.all(pods.map(async (pod) => ({ pod, packets: await packetsIn(counted.get(pod.container) ?? 0) })))
    const reached = (await packets(closed)).filter((pod) => pod.packets > 0)
    const control = (await packets(open)).reduce((sum, pod) => sum + pod.packets, 0)
    const missed = [...closed, ...open]
      .flatMap(({ address }) => Object.values(address))
      .filter((address) => !targets.includes(address))
    return {
      summary: `${count} pods ready in ${seconds} s under ${hammers.reduce((sum, { sent }) => sum + sent(), 0)} packets; ${reached.length} of them were reached, the open one ${control} times`,
      problems: [
        ...reached.map(({ pod, packets: some }) => `${pod.name} (${pod.node}) got ${some} packets`),
        ...(control > 0 ? [] : ['the pod that is open to all was not reached either: nothing is proved']),
        ...missed.map((address) => `${address} is outside of the blocks that were known: nobody knocked there`),
      ],
    }
  } finally {
    for (const { end } of hammers) end()
    await kubectl(name, lab.kubectl, [
      '-n',
      trafficNamespace,
      'delete',
      '--ignore-not-found',
      'deployment/burst',
      'deployment/burst-open',
      'networkpolicy/burst-open',
      '--cascade=foreground',
      '--timeout=120s',
    ])
  }
}

const program = fileURLToPath(new URL('hammer-worker.ts', import.meta.url))

function startHammer(lab: string, pod: LabPod, pid: number, targets: readonly string[]) {
  const child = spawn('nsenter', [`--net=/proc/${pid}/ns/net`, '--', process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, [labVariable]: lab, [daemonVariable]: `hammer.${pod.node}` },
  })
  let sent = 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    sent = Number(line)
  })
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${JSON.stringify(targets)}\n`)
  return { sent: () => sent, end: () => child.kill('SIGKILL') }
}

/** UDP and TCP that reached the pod's stack, whether anybody listened or not. */
async function packetsIn(pid: number): Promise<number> {
  const read = (file: string) => readFile(`/proc/${pid}/net/${file}`, 'utf8')
  const [v4, v6] = [parseCounters(await read('snmp')), parseCounters6(await read('snmp6'))]
  const names = ['Udp.InDatagrams', 'Udp.NoPorts', 'Udp.InErrors', 'Tcp.InSegs']
  const names6 = ['Udp6InDatagrams', 'Udp6NoPorts', 'Udp6InErrors']
  const sum = (counters: ReadonlyMap<string, number>, wanted: readonly string[]) =>
    wanted.reduce((total, name) => total + (counters.get(name) ?? 0), 0)
  return sum(v4, names) + sum(v6, names6)
}

function burstManifest(image: string, count: number): readonly object[] {
  const openTo = { podSelector: { matchLabels: { app: 'burst-open' } }, ingress: [{}] }
  return [
    deployment('burst', image, count),
    deployment('burst-open', image, 1),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'burst-open', namespace: trafficNamespace },
      spec: openTo,
    },
  ]
}

function deployment(app: string, image: string, replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, namespace: trafficNamespace },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: {
        metadata: { labels: { app } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'agnhost', image, imagePullPolicy: 'Never', args: ['pause'] }],
        },
      },
    },
  }
}
