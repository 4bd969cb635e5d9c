import { type Family, parseAddress, parsePrefix } from '@manx/api'
import { CniError } from './cni-error.ts'
import { isContainerId, isInterfaceName } from './environment.ts'
import { type CniResult, parseResult } from './result.ts'
import { type CniVersion, parseVersion } from './versions.ts'

/** The plugin's configuration as the runtime hands it over, read and checked; keys that nobody defined are ignored. */
export interface NetworkConfig {
  readonly cniVersion: CniVersion
  /** Name of the network: handles of addresses begin with it. */
  readonly name: string
  /** Absent: the agent's, found from the node's interfaces. */
  readonly mtu: number | undefined
  /** `ipam.assign_ipv4`, `ipam.assign_ipv6`: whether pods get an address of the family; absent: when there is a pool. */
  readonly assign: Readonly<Record<Family, boolean | undefined>>
  /** `ipam.ipv4_pools`, `ipam.ipv6_pools`: names or CIDRs of the pools to take addresses from; absent: all that fit. */
  readonly pools: Readonly<Record<Family, readonly string[] | undefined>>
  /** `container_settings.allow_ip_forwarding`: leave forwarding on in pods. */
  readonly allowIpForwarding: boolean
  /** `include_default_routes` */
  readonly defaultRoutes: boolean
  /** `dns`, passed on into the result as it is. */
  readonly dns: Readonly<Record<string, unknown>>
  /** `runtimeConfig.ips`, for runtimes that were told of the capability: addresses without length. */
  readonly runtimeAddresses: readonly string[]
  /** `runtimeConfig.mac` */
  readonly runtimeMac: string | undefined
  readonly prevResult: CniResult | undefined
  /** `cni.dev/valid-attachments`, of GC only. */
  readonly validAttachments: readonly AttachmentName[] | undefined
}

/** How the specification names one interface of one container. */
export interface AttachmentName {
  readonly containerId: string
  readonly interfaceName: string
}

type Json = Readonly<Record<string, unknown>>

/** Smallest MTU of IPv6 (RFC 8200); a pod may get an IPv6 address any day. */
const smallestMtu = 1280

/** The version of a configuration whose other keys may be wrong, to answer in the form that its sender can read. */
export function peekVersion(input: Uint8Array): CniVersion | undefined {
  try {
    return parseVersion(parseJson(input).cniVersion)
  } catch {
    return undefined
  }
}

/** Reads standard input; a CniError names the key that is wrong. */
export function parseNetworkConfig(input: Uint8Array): NetworkConfig {
  const config = parseJson(input)
  const cniVersion = parseVersion(config.cniVersion)
  const ipam = object(config.ipam, 'ipam')
  const runtime = object(config.runtimeConfig, 'runtimeConfig')
  const container = object(config.container_settings, 'container_settings')
  return {
    cniVersion,
    name: networkName(config.name),
    mtu: mtu(config.mtu),
    assign: { 4: flag(ipam.assign_ipv4, 'ipam.assign_ipv4'), 6: flag(ipam.assign_ipv6, 'ipam.assign_ipv6') },
    pools: { 4: pools(ipam.ipv4_pools, 'ipam.ipv4_pools', 4), 6: pools(ipam.ipv6_pools, 'ipam.ipv6_pools', 6) },
    allowIpForwarding: flag(container.allow_ip_forwarding, 'container_settings.allow_ip_forwarding') ?? false,
    defaultRoutes: flag(config.include_default_routes, 'include_default_routes') ?? true,
    dns: object(config.dns, 'dns'),
    runtimeAddresses: addresses(runtime.ips, 'runtimeConfig.ips'),
    runtimeMac: optionalString(runtime.mac, 'runtimeConfig.mac'),
    prevResult: config.prevResult === undefined ? undefined : parseResult(config.prevResult, 'prevResult'),
    validAttachments: attachments(config['cni.dev/valid-attachments']),
  }
}

function parseJson(input: Uint8Array): Json {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(input).toString('utf8'))
  } catch (error) {
    throw new CniError('decode', 'the configuration on standard input is not JSON', { cause: error })
  }
  if (isObject(value)) return value
  throw new CniError('decode', 'the configuration on standard input is not a JSON object')
}

function networkName(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(value) && value.length <= 50) return value
  throw invalid('name', value, "must be a name of at most 50 letters, digits, '_', '.' or '-'")
}

function mtu(value: unknown): number | undefined {
  // Calico's installer writes 0 for "find it out".
  if (value === undefined || value === 0) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= smallestMtu && value <= 65535) return value
  throw invalid('mtu', value, `must be an integer from ${smallestMtu} to 65535`)
}

function flag(value: unknown, key: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  if (value === 'true') return true
  if (value === 'false') return false
  throw invalid(key, value, 'must be true or false')
}

function pools(value: unknown, key: string, family: Family): readonly string[] | undefined {
  if (value === undefined) return undefined
  const names = strings(value, key)
  for (const name of names) {
    const problem = poolProblem(name, family)
    if (problem !== undefined) throw invalid(key, name, problem)
  }
  return names.length === 0 ? undefined : names
}

/** What is wrong with the name or CIDR of a pool of this family; undefined when nothing is. */
export function poolProblem(text: string, family: Family): string | undefined {
  if (text.includes('/')) {
    return parsePrefix(text)?.family === family ? undefined : `must be an IPv${family} CIDR or the name of a pool`
  }
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text) ? undefined : 'must be the name of a pool or its CIDR'
}

function addresses(value: unknown, key: string): readonly string[] {
  if (value === undefined) return []
  return strings(value, key).map((text) => {
    const [address = ''] = text.split('/')
    if (parseAddress(address) === undefined) throw invalid(key, text, 'must be addresses')
    return address
  })
}

function attachments(value: unknown): readonly AttachmentName[] | undefined {
  if (value === undefined) return undefined
  const key = 'cni.dev/valid-attachments'
  if (!Array.isArray(value)) throw invalid(key, value, 'must be a list of {containerID, ifname}')
  return value.map((item: unknown, index) => {
    const { containerID, ifname } = isObject(item) ? item : {}
    if (typeof containerID !== 'string' || typeof ifname !== 'string') {
      throw invalid(`${key}[${index}]`, item, 'must have containerID and ifname')
    }
    if (!isContainerId(containerID))
      throw invalid(`${key}[${index}].containerID`, containerID, 'must be a container id')
    if (!isInterfaceName(ifname)) throw invalid(`${key}[${index}].ifname`, ifname, 'must be an interface name')
    return { containerId: containerID, interfaceName: ifname }
  })
}

function strings(value: unknown, key: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw invalid(key, value, 'must be a list of strings')
}

function optionalString(value: unknown, key: string): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string') return value
  throw invalid(key, value, 'must be a string')
}

function object(value: unknown, key: string): Json {
  if (value === undefined || value === null) return {}
  if (isObject(value)) return value
  throw invalid(key, value, 'must be an object')
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(key: string, value: unknown, allowed: string): CniError {
  const found = value === undefined ? 'is not set' : `is ${JSON.stringify(value).slice(0, 200)}`
  return new CniError('invalidConfig', `${key} ${found}: it ${allowed}`)
}
