import type { Family } from '@manx/api'
import type { Chain, SetSpec, Verdict } from './ruleset.ts'

/** A route out of a pod's interface. */
export interface EndpointRoute {
  readonly family: Family
  /** Prefix text, `/32` or `/128`. */
  readonly destination: string
  readonly interface: string
  readonly protocol: number
  readonly metric: number
  /** Preferred source address. */
  readonly source?: string
}

/** A value below the sysctl root; names with a slash, as `ipv4/conf/cali123/proxy_arp`. */
export interface Sysctl {
  readonly name: string
  readonly value: string
  /** Nothing is to be done where the kernel has none such. */
  readonly optional?: true
}

/** How the host's end of a pod's veth must be. */
export interface InterfaceSettings {
  readonly name: string
  readonly sysctls: readonly Sysctl[]
  /** Link-local address that the pod has as its IPv6 gateway, with length. */
  readonly linkLocal?: string
}

/** One thing that must be in the kernel. The dataplane is the set of all of them. */
export type Item =
  | { readonly kind: 'set'; readonly set: SetSpec }
  | { readonly kind: 'chain'; readonly chain: Chain }
  /** Member of a set; one part for each part of the set's key, a range is `from-to`. */
  | { readonly kind: 'member'; readonly set: string; readonly parts: readonly string[] }
  | { readonly kind: 'dispatch'; readonly map: string; readonly parts: readonly string[]; readonly verdict: Verdict }
  | { readonly kind: 'interface'; readonly settings: InterfaceSettings }
  | { readonly kind: 'route'; readonly route: EndpointRoute }
  | { readonly kind: 'sysctl'; readonly sysctl: Sysctl }

export type ItemKind = Item['kind']

/** Separates the parts of a key; occurs in no interface name, address or chain name. */
const separator = '|'

/** Two items with the same key claim the same place in the kernel. */
export function itemKey(item: Item): string {
  switch (item.kind) {
    case 'set':
      return setKey(item.set.name)
    case 'chain':
      return chainKey(item.chain.name)
    case 'member':
      return elementKey(item.set, item.parts)
    case 'dispatch':
      return elementKey(item.map, item.parts)
    case 'interface':
      return interfaceKey(item.settings.name)
    case 'route':
      return routeKey(item.route)
    case 'sysctl':
      return `sysctl${separator}${item.sysctl.name}`
  }
}

export const setKey = (name: string): string => `set${separator}${name}`

export const chainKey = (name: string): string => `chain${separator}${name}`

export const interfaceKey = (name: string): string => `interface${separator}${name}`

export const elementKey = (set: string, parts: readonly string[]): string =>
  `element${separator}${set}${separator}${parts.join(separator)}`

/** Stands for all members of a policy set; no item has it. */
export const membersKey = (set: string): string => `members${separator}${set}`

/** The kernel knows routes apart by destination and metric. */
export const routeKey = ({ destination, metric }: Pick<EndpointRoute, 'destination' | 'metric'>): string =>
  `route${separator}${destination}${separator}${metric}`

/** What a key names. */
export type KeyParts =
  | { readonly kind: 'set'; readonly name: string }
  | { readonly kind: 'chain'; readonly name: string }
  | { readonly kind: 'interface'; readonly name: string }
  | { readonly kind: 'element'; readonly set: string; readonly parts: readonly string[] }
  | { readonly kind: 'route'; readonly destination: string; readonly metric: number }

/** The way back from a key, for things that are in the kernel and of which nothing else is known. Undefined for a sysctl's. */
export function parseKey(key: string): KeyParts | undefined {
  const [kind, name = '', ...parts] = key.split(separator)
  switch (kind) {
    case 'set':
    case 'chain':
    case 'interface':
      return { kind, name }
    case 'element':
      return { kind, set: name, parts }
    case 'route':
      return { kind, destination: name, metric: Number(parts[0]) }
    default:
      return undefined
  }
}
