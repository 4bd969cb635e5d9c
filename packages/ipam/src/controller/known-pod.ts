import { type Address, formatAddress, type Pod, parseAddress } from '@manx/api'

/** What says of a pod whether it uses an address. */
export interface KnownPod {
  readonly node: string
  /** In the form of `formatAddress`; empty until it is known what the pod has. */
  readonly addresses: readonly string[]
  /** Ended by kubelet for want of resources: what it had is no more. */
  readonly evicted: boolean
}

export function knownPod({ metadata, spec, status }: Pod): KnownPod {
  const noted = (metadata.annotations?.['cni.projectcalico.org/podIPs'] ?? '').split(',').map(withoutLength)
  const addresses = [...(status?.podIPs ?? []).map(({ ip }) => ip), ...noted].flatMap((ip) => parseAddress(ip) ?? [])
  return {
    node: spec?.nodeName ?? '',
    addresses: [...new Set(addresses.map(formatAddress))],
    evicted: status?.phase === 'Failed' && status.reason === 'Evicted',
  }
}

/** Whether the pod of that name, if there is one, may use the address that it was given on this node. */
export function mayUse(pod: KnownPod | undefined, node: string, address: Address | undefined): boolean {
  if (pod === undefined || pod.evicted || pod.node !== node) return false
  // Before it is known what the pod has, it may be this one.
  return pod.addresses.length === 0 || address === undefined || pod.addresses.includes(formatAddress(address))
}

const withoutLength = (text: string): string => text.split('/')[0] ?? ''
