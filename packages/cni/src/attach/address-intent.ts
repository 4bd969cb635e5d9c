import { type Family, formatAddress, parseAddress } from '@manx/api'
import type { NodeSettings, PodFacts } from '../ports.ts'
import { CniError } from '../spec/cni-error.ts'
import { type NetworkConfig, poolProblem } from '../spec/network-config.ts'
import type { PodArgs } from '../spec/pod-args.ts'

/** Which addresses a pod shall get. */
export interface AddressIntent {
  readonly families: readonly Family[]
  readonly pools: Readonly<Partial<Record<Family, readonly string[]>>>
  /** Canonical, without length, at most one of a family. */
  readonly addresses: readonly string[]
  /** A MAC that the pod asks for. */
  readonly mac: string | undefined
}

const prefix = 'cni.projectcalico.org/'
/** Annotations of Calico that we do not honour; silence would give the pod another address than it asked for. */
const refused = ['ipAddrsNoIpam', 'floatingIPs']

/**
 * Puts together what the configuration, the runtime's arguments and the annotations ask for. A pod's annotation beats its
 * namespace's, an annotation beats the configuration. A CniError names what is wrong.
 */
export function addressIntent(
  config: Pick<NetworkConfig, 'assign' | 'pools' | 'runtimeAddresses' | 'runtimeMac'>,
  args: Pick<PodArgs, 'addresses' | 'mac'>,
  pod: Pick<PodFacts, 'annotations' | 'namespaceAnnotations'>,
  available: Pick<NodeSettings, 'families' | 'onRequest'>,
): AddressIntent {
  for (const name of refused) {
    if (pod.annotations[prefix + name] !== undefined) throw wrong(name, 'is not supported: remove it')
  }
  const addresses = requestedAddresses(config, args, pod)
  const families = addresses.length > 0 ? addresses.map(familyOf) : wantedFamilies(config, pod, available)
  const pools: Partial<Record<Family, readonly string[]>> = {}
  for (const family of families) {
    const names = annotatedPools(pod, family) ?? config.pools[family]
    if (names !== undefined) pools[family] = names
  }
  return { families, pools, addresses, mac: requestedMac(config, args, pod) }
}

function wantedFamilies(
  config: Pick<NetworkConfig, 'assign' | 'pools'>,
  pod: Pick<PodFacts, 'annotations' | 'namespaceAnnotations'>,
  available: Pick<NodeSettings, 'families' | 'onRequest'>,
): readonly Family[] {
  const annotated = list(pod, 'ipFamilies', true)
  if (annotated !== undefined) {
    const families = annotated.map((name): Family => {
      if (name === 'IPv4') return 4
      if (name === 'IPv6') return 6
      throw wrong('ipFamilies', `has ${JSON.stringify(name)}: allowed are IPv4 and IPv6`)
    })
    if (families.length === 0 || new Set(families).size !== families.length) {
      throw wrong('ipFamilies', 'must name IPv4, IPv6 or both, each once')
    }
    return families
  }
  const isNamed = (family: Family) => (annotatedPools(pod, family) ?? config.pools[family]) !== undefined
  const isThere = (family: Family) => (isNamed(family) ? available.onRequest : available.families).includes(family)
  const families = ([4, 6] as const).filter((family) => config.assign[family] ?? isThere(family))
  if (families.length > 0) return families
  throw new CniError('tryAgainLater', 'no address family to assign: no enabled IPPool selects node and namespace', {
    details: 'create an IPPool, or set ipam.assign_ipv4 or ipam.assign_ipv6 in the configuration',
  })
}

function requestedAddresses(
  config: Pick<NetworkConfig, 'runtimeAddresses'>,
  args: Pick<PodArgs, 'addresses'>,
  pod: Pick<PodFacts, 'annotations' | 'namespaceAnnotations'>,
): readonly string[] {
  const annotated = list(pod, 'ipAddrs', false)
  const [asked, source] =
    annotated !== undefined
      ? [annotated, `annotation ${prefix}ipAddrs`]
      : config.runtimeAddresses.length > 0
        ? [config.runtimeAddresses, 'runtimeConfig.ips']
        : [args.addresses, 'CNI_ARGS IP']
  const canonical = asked.map((text) => {
    const address = parseAddress(text)
    if (address !== undefined) return formatAddress(address)
    throw new CniError('podRefused', `${source} has ${JSON.stringify(text)}: not an address`)
  })
  if (new Set(canonical.map(familyOf)).size !== canonical.length) {
    throw new CniError('podRefused', `${source} has more than one address of a family`)
  }
  return canonical
}

function annotatedPools(
  pod: Pick<PodFacts, 'annotations' | 'namespaceAnnotations'>,
  family: Family,
): readonly string[] | undefined {
  const name = `ipv${family}pools`
  const pools = list(pod, name, true)
  if (pools === undefined) return undefined
  if (pools.length === 0) throw wrong(name, 'is empty: name a pool, or remove it')
  for (const pool of pools) {
    const problem = poolProblem(pool, family)
    if (problem !== undefined) throw wrong(name, `has ${JSON.stringify(pool)}: ${problem}`)
  }
  return pools
}

function requestedMac(
  config: Pick<NetworkConfig, 'runtimeMac'>,
  args: Pick<PodArgs, 'mac'>,
  pod: Pick<PodFacts, 'annotations'>,
): string | undefined {
  const annotated = pod.annotations[`${prefix}hwAddr`]
  const [mac, source] =
    annotated !== undefined
      ? [annotated, `annotation ${prefix}hwAddr`]
      : config.runtimeMac !== undefined
        ? [config.runtimeMac, 'runtimeConfig.mac']
        : [args.mac, 'CNI_ARGS MAC']
  if (mac === undefined) return undefined
  const octets = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac) ? mac.split(':') : []
  const [first = '01'] = octets
  const usable = (Number.parseInt(first, 16) & 1) === 0 && octets.some((octet) => octet !== '00')
  if (usable) return mac.toLowerCase()
  throw new CniError(
    'podRefused',
    `${source} is ${JSON.stringify(mac)}: it must be a unicast MAC like 0e:12:34:56:78:9a`,
  )
}

/** Reads an annotation that is a JSON list of strings, from the pod or, when it may be there, from its namespace. */
function list(
  pod: Pick<PodFacts, 'annotations' | 'namespaceAnnotations'>,
  name: string,
  inNamespaceToo: boolean,
): readonly string[] | undefined {
  const text = pod.annotations[prefix + name] ?? (inNamespaceToo ? pod.namespaceAnnotations[prefix + name] : undefined)
  if (text === undefined) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw wrong(name, `is ${JSON.stringify(text)}: it must be a JSON list of strings`)
}

function familyOf(address: string): Family {
  return parseAddress(address)?.family ?? 4
}

function wrong(name: string, problem: string): CniError {
  return new CniError('podRefused', `annotation ${prefix}${name} ${problem}`)
}
