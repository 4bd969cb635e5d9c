import { type Family, formatAddress, parseAddress, parseDuration } from '@manx/api'
import type { PortRange } from './ruleset.ts'

/** One field of FelixConfiguration. `parse` takes what YAML gives and what an environment variable gives (always text). */
export interface Parameter<T> {
  readonly default: T
  readonly allowed: string
  /** Undefined: refused. */
  parse(value: unknown): T | undefined
}

const oneOf = <T extends string>(byDefault: T, ...others: readonly T[]): Parameter<T> => {
  const values = [byDefault, ...others]
  return {
    default: byDefault,
    allowed: `one of ${values.join(', ')}`,
    parse: (value) => values.find((known) => known.toLowerCase() === String(value).toLowerCase()),
  }
}

const boolean = (byDefault: boolean): Parameter<boolean> => ({
  default: byDefault,
  allowed: 'true or false',
  parse: (value) => {
    const text = String(value).toLowerCase()
    if (['true', '1', 'yes', 'y', 't'].includes(text)) return true
    return ['false', '0', 'no', 'n', 'f'].includes(text) ? false : undefined
  },
})

const integer = (byDefault: number, minimum: number, maximum: number): Parameter<number> => ({
  default: byDefault,
  allowed: `a whole number from ${minimum} to ${maximum}`,
  parse: (value) => {
    const number = typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : value
    const good = typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum
    return good ? number : undefined
  },
})

/** In milliseconds; 0 turns the timer off. */
const duration = (byDefault: number): Parameter<number> => ({
  default: byDefault,
  allowed: 'a duration such as 90s or 1m30s; 0 turns it off',
  // Felix's environment variables give some of them as a bare number of seconds.
  parse: (value) => (/^\d+(\.\d+)?$/.test(String(value)) ? Number(value) * 1000 : parseDuration(String(value))),
})

const address = (family: Family): Parameter<string | undefined> => ({
  default: undefined,
  allowed: `an IPv${family} address`,
  parse: (value) => {
    const parsed = parseAddress(String(value))
    return parsed?.family === family ? formatAddress(parsed) : undefined
  },
})

/** What the interfaces of pods begin with, whatever is configured: without it they would be nobody's, and not policed. */
const podPrefix = 'cali'

const interfacePrefixes: Parameter<readonly string[]> = {
  default: [podPrefix],
  allowed: `a comma-separated list of names of at most 15 letters, digits and .-_, with ${podPrefix} among them`,
  parse: (value) => {
    const names = String(value)
      .split(',')
      .map((name) => name.trim())
    return names.includes(podPrefix) && names.every((name) => /^[A-Za-z0-9._-]{1,15}$/.test(name)) ? names : undefined
  },
}

const portRange: Parameter<PortRange | undefined> = {
  default: undefined,
  allowed: 'a port or a range n:m, 0 to 65535',
  parse: (value) => {
    const found = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(String(value))
    if (found === null) return undefined
    const from = Number(found[1])
    const to = Number(found[2] ?? found[1])
    return from <= to && to <= 65535 ? { from, to } : undefined
  },
}

const markBit = (byDefault: number): Parameter<number> => ({
  default: byDefault,
  allowed: 'a number from 1 to 0xffffffff with exactly one bit set',
  parse: (value) => {
    const number = integer(byDefault, 1, 0xffffffff).parse(value)
    return number !== undefined && (number & (number - 1)) === 0 ? number : undefined
  },
})

/** The protocol of the routes that BGP brings, and of the blackholes of this node's blocks. */
const bgpRouteProtocol = 80

/** With the protocol of BGP's routes each side would take the other's for leftovers of its own. */
const routeProtocol: Parameter<number> = {
  default: 3,
  allowed: `a whole number from 1 to 255 other than ${bgpRouteProtocol}, which BGP's routes have`,
  parse: (value) => {
    const number = integer(3, 1, 255).parse(value)
    return number === bgpRouteProtocol ? undefined : number
  },
}

const pattern = (byDefault: string): Parameter<string> => ({
  default: byDefault,
  allowed: 'a regular expression',
  parse: (value) => {
    try {
      return new RegExp(String(value)).source
    } catch {
      return undefined
    }
  },
})

/** The kernel's log lines begin with it; nft takes at most 127 characters. */
const logPrefix = (byDefault: string): Parameter<string> => ({
  default: byDefault,
  allowed: 'at most 100 printable characters',
  parse: (value) => (/^[\x20-\x7e]{1,100}$/.test(String(value)) ? String(value) : undefined),
})

const interfaceFilter: Parameter<string | undefined> = {
  default: undefined,
  allowed: 'an interface name, a trailing + stands for any ending',
  parse: (value) => (/^[A-Za-z0-9._-]{1,15}\+?$/.test(String(value)) ? String(value) : undefined),
}

/** Fields of FelixConfiguration that this node's dataplane follows, under their names, and our own by variables only. */
export const parameters = {
  /** Our own: ends live flows that a change of policy forbids. */
  cutFlows: boolean(true),
  /** Our own: the bit of connections' marks that such flows get. */
  cutFlowsMark: markBit(0x08000000),
  interfacePrefix: interfacePrefixes,
  ipv6Support: boolean(true),
  ipForwarding: oneOf('Enabled', 'Disabled'),
  defaultEndpointToHostAction: oneOf('Drop', 'Accept', 'Return'),
  disableConntrackInvalidCheck: boolean(false),
  workloadSourceSpoofing: oneOf('Disabled', 'Any'),
  allowIPIPPacketsFromWorkloads: boolean(false),
  allowVXLANPacketsFromWorkloads: boolean(false),
  vxlanPort: integer(4789, 1, 65535),
  nftablesMarkMask: integer(0xffff0000, 1, 0xffffffff),
  logPrefix: logPrefix('calico-packet'),
  nftablesRefreshInterval: duration(180_000),
  routeRefreshInterval: duration(90_000),
  interfaceRefreshInterval: duration(90_000),
  routeSyncDisabled: boolean(false),
  removeExternalRoutes: boolean(true),
  deviceRouteProtocol: routeProtocol,
  deviceRouteSourceAddress: address(4),
  deviceRouteSourceAddressIPv6: address(6),
  ipv4NormalRoutePriority: integer(1024, 1, 2147483646),
  ipv6NormalRoutePriority: integer(1024, 1, 2147483646),
  natOutgoingAddress: address(4),
  natPortRange: portRange,
  natOutgoingExclusions: oneOf('IPPoolsOnly', 'IPPoolsAndHostIPs'),
  iptablesNATOutgoingInterfaceFilter: interfaceFilter,
  mtuIfacePattern: pattern('^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)'),
} as const

type Parameters = typeof parameters

/** Every parameter with the value that is in force. */
export type Settings = { readonly [Name in keyof Parameters]: Parameters[Name] extends Parameter<infer T> ? T : never }
