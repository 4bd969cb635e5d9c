import type { WorkloadEndpoint } from '@manx/api'

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
