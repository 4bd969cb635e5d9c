import type { NetworkPolicy, Pod } from '@manx/api'
import type { ProbeState } from '../../native/prober.ts'
import { here, type Named, nodeOfBench, podOf } from '../../workload/world.ts'

/** Of the pod behind the router that sends; it runs on another node, as most clients do. */
export const clientAddress = '10.61.0.1'
export const client = { key: `${here}/probe-client`, name: 'probe-client', label: { role: 'friend' } } as const
export const server = { key: `${here}/probe-server`, name: 'probe-server' } as const

export const clientPod = (labels: Readonly<Record<string, string>> = {}): Named<Pod> =>
  podOf(client.name, here, 'node-2', labels, clientAddress)
export const serverPod: Named<Pod> = podOf(server.name, here, nodeOfBench, { role: 'probe-server' })

/** Lets friends alone reach the pod that is probed. */
export const onePolicy = friendsOnly('probe', { role: 'probe-server' })
/** The same for all pods of the namespace, which changes the policy list of every local endpoint. */
export const broadPolicy = friendsOnly('probe-all', {})

function friendsOnly(name: string, matchLabels: Readonly<Record<string, string>>): Named<NetworkPolicy> {
  return {
    metadata: { name, namespace: here },
    spec: {
      podSelector: { matchLabels },
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: client.label } }] }],
    },
  }
}

/** What is done one after the other, again and again, and what then becomes of the packets. */
export const changes = [
  { name: 'policy created', packets: 'refused' },
  { name: 'label added', packets: 'passed' },
  { name: 'label removed', packets: 'refused' },
  { name: 'policy deleted', packets: 'passed' },
  { name: 'policy for all pods created', packets: 'refused' },
  { name: 'policy for all pods deleted', packets: 'passed' },
] as const satisfies readonly { readonly name: string; readonly packets: ProbeState }[]

export type Change = (typeof changes)[number]
export type ChangeName = Change['name']

/** Does each change; resolves with the time to count from, as `monotonic()` has it. */
export type Changer = Readonly<Record<ChangeName, () => Promise<number>>>
