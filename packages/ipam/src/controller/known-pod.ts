import { type Address, formatAddress, type Pod, parseAddress } from '@manx/api'

/** What says of a pod whether it uses an address. */
export interface KnownPod {
  readonly node: string
  /** In the form of `formatAddress`; empty until it is known what the pod has. */
  readonly addresses: readonly string[]
  /** Of its last sandbox; absent until one was attached. */
  readonly containerId?: string
  /** Ended by kubelet for want of resources: what it had is no more. */
  readonly evicted: boolean
}

export function knownPod({ metadata, spec, status }: Pod): KnownPod {
  const noted = (metadata.annotations?.['cni.projectcalico.org/podIPs'] ?? '').split(',').map(withoutLength)
  const addresses = [...(status?.podIPs ?? []).map(({ ip }) => ip), ...noted].flatMap((ip) => parseAddress(ip) ?? [])
  const containerId = metadata.annotations?.['cni.projectcalico.org/containerID'] ?? ''
  return {
    ...(containerId === '' ? {} : { containerId }),
    node: spec?.nodeName ?? '',
    addresses: [...new Set(addresses.map(formatAddress))],
    evicted: status?.phase === 'Failed' && status.reason === 'Evicted',
  }
}

/** An address as it was given out. */
export interface GivenAddress {
  readonly node: string
  readonly address: Address | undefined
  readonly handle?: string
}

/** Whether the pod of that name, if there is one, may use the address that it was given. */
export function mayUse(pod: KnownPod | undefined, { node, address, handle }: GivenAddress): boolean {
  if (pod === undefined || pod.evicted || pod.node !== node) return false
  // A pod in several networks says the addresses of one of them only, but all were given to its present sandbox.
  if (pod.containerId !== undefined && handle?.endsWith(`.${pod.containerId}`) === true) return true
  // Before it is known what the pod has, it may be this one.
  return pod.addresses.length === 0 || address === undefined || pod.addresses.includes(formatAddress(address))
}

const withoutLength = (text: string): string => text.split('/')[0] ?? ''
