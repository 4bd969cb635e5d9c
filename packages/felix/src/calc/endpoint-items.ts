import { type Address, formatAddress, parseAddress, type WorkloadEndpoint } from '@manx/api'
import type { Issue } from './issue.ts'
import type { EndpointRoute, Item, Sysctl } from './items.ts'
import { names } from './names.ts'
import type { Settings } from './parameters.ts'

/** The address that each pod has as its IPv6 gateway: what the kernel makes of the MAC ee:ee:ee:ee:ee:ee. */
export const podGateway6 = 'fe80::ecee:eeff:feee:eeee'

/** What was found on the node when the agent started. */
export interface HostFacts {
  /** Addresses of this and, for natOutgoingExclusions, of the other nodes; without length. */
  readonly addresses: readonly string[]
  /** rp_filter that new interfaces get. */
  readonly rpFilter: number
}

/** Why this endpoint cannot be programmed; empty when it can. */
export function checkEndpoint(endpoint: WorkloadEndpoint, settings: Settings): readonly Issue[] {
  const object = `endpoint/${endpoint.namespace}/${endpoint.pod}`
  const issues: Issue[] = []
  const name = endpoint.interfaceName
  if (!/^[A-Za-z0-9._-]{1,15}$/.test(name) || !settings.interfacePrefix.some((prefix) => name.startsWith(prefix))) {
    const message = `must be at most 15 letters, digits and .-_ beginning with ${settings.interfacePrefix.join(' or ')}`
    issues.push({ object, field: 'interfaceName', value: name, message })
  }
  for (const value of endpoint.addresses) {
    if (parseAddress(value) === undefined) {
      issues.push({ object, field: 'addresses', value, message: 'must be an IPv4 or IPv6 address without length' })
    }
  }
  return issues
}

/** Everything but policy that the kernel must hold for one endpoint that `checkEndpoint` has nothing against. */
export function endpointItems(endpoint: WorkloadEndpoint, settings: Settings, host: HostFacts): readonly Item[] {
  const name = endpoint.interfaceName
  const addresses = endpoint.addresses
    .map((text) => parseAddress(text))
    .filter((address): address is Address => address !== undefined)
    .filter((address) => address.family === 4 || settings.ipv6Support)
  // Else it is of no use to the pod, and nodes that have IPv6 turned off for new interfaces refuse the gateway's address.
  const hasIpv6 = addresses.some(({ family }) => family === 6)
  return [
    ...addresses.map(
      (address): Item => ({
        kind: 'member',
        set: names.podSources(address.family),
        parts: [name, formatAddress(address)],
      }),
    ),
    {
      kind: 'interface',
      settings: {
        name,
        sysctls: interfaceSysctls(name, hasIpv6, settings, host),
        ...(hasIpv6 ? { linkLocal: `${podGateway6}/64` } : {}),
      },
    },
    ...(settings.routeSyncDisabled ? [] : addresses.map((address) => routeTo(address, name, settings))),
  ]
}

function routeTo(address: Address, name: string, settings: Settings): Item {
  const source = address.family === 4 ? settings.deviceRouteSourceAddress : settings.deviceRouteSourceAddressIPv6
  const route: EndpointRoute = {
    family: address.family,
    destination: `${formatAddress(address)}/${address.family === 4 ? 32 : 128}`,
    interface: name,
    protocol: settings.deviceRouteProtocol,
    metric: address.family === 4 ? settings.ipv4NormalRoutePriority : settings.ipv6NormalRoutePriority,
    ...(source === undefined ? {} : { source }),
  }
  return { kind: 'route', route }
}

/** The host answers ARP for 169.254.1.1 (and anything else: the pod has no neighbours) and takes no advice from a pod. */
function interfaceSysctls(name: string, hasIpv6: boolean, settings: Settings, host: HostFacts): readonly Sysctl[] {
  const v4 = `ipv4/conf/${name}`
  const v6 = `ipv6/conf/${name}`
  const values: readonly (readonly [string, number])[] = [
    [`${v4}/rp_filter`, settings.workloadSourceSpoofing === 'Any' ? 0 : host.rpFilter],
    [`${v4}/route_localnet`, 1],
    // A packet that names its own way is forwarded under the address of the next stop, which is not where policy would stop it.
    [`${v4}/accept_source_route`, 0],
    [`${v4}/forwarding`, 1],
    // Else the host waits up to 0.8 s before it answers the pod's first ARP request.
    [`ipv4/neigh/${name}/proxy_delay`, 0],
    [`${v4}/proxy_arp`, 1],
    ...(hasIpv6
      ? ([
          // Hardened nodes have it turned off for new interfaces; addresses and routes are refused until it is on.
          [`${v6}/disable_ipv6`, 0],
          [`${v6}/proxy_ndp`, 1],
          [`${v6}/forwarding`, 1],
        ] as const)
      : []),
  ]
  // Also of a pod without IPv6; an interface of a small MTU has none.
  const advice: readonly Sysctl[] = settings.ipv6Support
    ? [{ name: `${v6}/accept_ra`, value: '0', ...(hasIpv6 ? {} : { optional: true as const }) }]
    : []
  return [...advice, ...values.map(([path, value]) => ({ name: path, value: String(value) }))]
}

/** What holds for the whole node. */
export function hostItems(settings: Settings): readonly Item[] {
  if (settings.ipForwarding === 'Disabled') return []
  const sysctls = ['ipv4/ip_forward', ...(settings.ipv6Support ? ['ipv6/conf/all/forwarding'] : [])]
  return sysctls.map((name) => ({ kind: 'sysctl', sysctl: { name, value: '1' } }))
}
