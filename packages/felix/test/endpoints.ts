import type { WorkloadEndpoint } from '@manx/api'
import type { PodState } from '../src/index.ts'

/** An endpoint of a pod `default/pod-ID` whose interface is `caliID`. */
export function endpoint(id: string, ...addresses: readonly string[]): WorkloadEndpoint {
  return {
    namespace: 'default',
    pod: `pod-${id}`,
    node: 'node-1',
    containerId: `container-${id}`,
    interfaceName: `cali${id}`,
    podInterface: 'eth0',
    addresses,
  }
}

/** What is known of the endpoint's pod when nothing else is said: no labels, no ports. */
export function podOf({ namespace, pod, addresses }: WorkloadEndpoint): PodState & { readonly uid: string } {
  return { namespace, name: pod, uid: `uid-${pod}`, serviceAccount: 'default', labels: {}, addresses, ports: [] }
}
