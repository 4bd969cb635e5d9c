import { type Address, type Family, parseAddress, parsePrefix, prefixContains } from '@manx/api'
import type { DetectionMethod } from '../config/detection-method.ts'

/** What is known of the host when its address is looked for. */
export interface HostFacts {
  /** In the order of their indexes. */
  readonly interfaces: readonly HostInterface[]
  /** InternalIP addresses of the Node object. */
  readonly internalIps: readonly string[]
}

export interface HostInterface {
  readonly name: string
  readonly up: boolean
  /** Global ones that are neither tentative, deprecated nor temporary, with length. */
  readonly addresses: readonly string[]
}

/** An address of the node and the length of the network that it is in. */
export interface FoundAddress {
  readonly address: Address
  readonly length: number
  /** Where it was found, for the log. */
  readonly from: string
}

/** Interfaces that never carry the node's own address, as Calico has them. */
const neverFirst =
  /^(docker|cbr|dummy|podman|virbr|lxcbr|veth|lo|br-|cali|tunl|flannel|kube-ipvs|cni|vxlan\.calico|vxlan-v6\.calico|wireguard\.cali|wg-v6\.cali|nodelocaldns)/

/** Pure; `source` is the address that the kernel would use, for the method can-reach only. */
export function detectAddress(
  family: Family,
  method: DetectionMethod,
  host: HostFacts,
  source?: string,
): FoundAddress | undefined {
  switch (method.kind) {
    case 'internal-ip-or-first-found':
      return internalIp(family, host) ?? firstOf(family, host, (name) => !neverFirst.test(name))
    case 'kubernetes-internal-ip':
      return internalIp(family, host)
    case 'first-found':
      return firstOf(family, host, (name) => !neverFirst.test(name))
    case 'skip-interface': {
      const skipped = (name: string) => method.expressions.some((expression) => expression.test(name))
      return firstOf(family, host, (name) => !neverFirst.test(name) && !skipped(name))
    }
    case 'interface':
      for (const expression of method.expressions) {
        const found = firstOf(family, host, (name) => expression.test(name))
        if (found !== undefined) return found
      }
      return undefined
    case 'cidr':
      return firstOf(
        family,
        host,
        () => true,
        (address) => method.prefixes.some((prefix) => prefixContains(prefix, address)),
      )
    case 'can-reach':
      return source === undefined ? undefined : withLength(family, source, host, `can-reach=${method.destination}`)
  }
}

/** An address that the operator fixed, or that the kernel or the Node object names, with the length of its network. */
export function withLength(family: Family, text: string, host: HostFacts, from: string): FoundAddress | undefined {
  const address = parseAddress(text)
  if (address?.family !== family) return undefined
  for (const { addresses } of host.interfaces) {
    for (const own of addresses) {
      const [ownText = ''] = own.split('/')
      const parsed = parseAddress(ownText)
      const length = parsePrefix(own)?.length
      if (parsed?.family === family && parsed.value === address.value && length !== undefined) {
        return { address, length, from }
      }
    }
  }
  // On no interface: behind a NAT, or on a loopback that was passed over.
  return { address, length: family === 4 ? 32 : 128, from }
}

function internalIp(family: Family, host: HostFacts): FoundAddress | undefined {
  const text = host.internalIps.find((ip) => parseAddress(ip)?.family === family)
  return text === undefined ? undefined : withLength(family, text, host, "the Node object's InternalIP")
}

function firstOf(
  family: Family,
  host: HostFacts,
  ofInterface: (name: string) => boolean,
  ofAddress: (address: Address) => boolean = () => true,
): FoundAddress | undefined {
  for (const { name, up, addresses } of host.interfaces) {
    if (!up || !ofInterface(name)) continue
    for (const text of addresses) {
      const address = parseAddress(text.split('/')[0] ?? '')
      const length = parsePrefix(text)?.length
      if (address?.family !== family || length === undefined || !ofAddress(address)) continue
      return { address, length, from: `interface ${name}` }
    }
  }
  return undefined
}
