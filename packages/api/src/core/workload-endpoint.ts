import { createHash } from 'node:crypto'

/** A pod's interface on its node: what cni makes and felix programs. */
export interface WorkloadEndpoint {
  readonly namespace: string
  readonly pod: string
  readonly podUid?: string
  readonly node: string
  readonly containerId: string
  /** The host's end, `cali…`. */
  readonly interfaceName: string
  /** The pod's end, `eth0`. */
  readonly podInterface: string
  /** Canonical text without length. */
  readonly addresses: readonly string[]
  readonly mac?: string
  /** Path of the pod's network namespace. */
  readonly netns?: string
  readonly mtu?: number
}

/** The host's end of a pod's interface: prefix + the first 11 hexadecimal digits of SHA-1 of `namespace.pod`. */
export function interfaceName(namespace: string, pod: string, prefix = 'cali'): string {
  const digest = createHash('sha1').update(`${namespace}.${pod}`).digest('hex')
  return `${prefix}${digest.slice(0, 11)}`
}

/** The name that Calico's tools know the endpoint by: `NODE-k8s-POD-eth0` with the dashes of each part doubled. */
export function workloadEndpointName(node: string, pod: string, podInterface = 'eth0'): string {
  return [node, 'k8s', pod, podInterface].map((part) => part.replaceAll('-', '--')).join('-')
}
