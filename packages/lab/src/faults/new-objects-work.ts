import { kubectl } from '../install/kubectl.ts'
import { fetchInHost } from '../proof/fetch-in-host.ts'
import { trafficNamespace } from '../traffic/traffic-manifest.ts'
import type { FaultLab } from './fault-lab.ts'

/** A new pod starts, and a new policy opens it. */
export async function newObjectsWork(lab: FaultLab): Promise<readonly string[]> {
  const { plan, agnhostImage, kubectl: program } = lab
  const name = plan.options.name
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'newcomer', namespace: trafficNamespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: 'agnhost', image: agnhostImage, imagePullPolicy: 'Never', args: ['netexec', '--http-port=8080'] },
      ],
    },
  }
  const allow = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'newcomer', namespace: trafficNamespace },
    spec: { podSelector: {}, ingress: [{ ports: [{ protocol: 'TCP', port: 8080 }] }] },
  }
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [allow, pod] })
  await kubectl(name, program, ['apply', '--server-side', '-f', '-'], list)
  const about = ['-n', trafficNamespace, 'pod/newcomer']
  try {
    await kubectl(name, program, ['wait', '--for=condition=Ready', '--timeout=60s', ...about])
    const address = await kubectl(name, program, ['get', ...about, '-o', 'jsonpath={.status.podIP}'])
    const host = address.includes(':') ? `[${address}]` : address
    const [answer] = await fetchInHost(name, 'outside', [`http://${host}:8080/hostname`])
    if (answer !== undefined && 'body' in answer) return []
    return [`a pod that a new policy opens cannot be reached from outside: ${answer?.error ?? 'no answer'}`]
  } catch (error) {
    return [`a new pod does not start: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await kubectl(name, program, ['delete', '--ignore-not-found', '-f', '-'], list)
  }
}
