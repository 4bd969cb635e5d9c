import { parseAddress } from '@manx/api'
import { CniError } from './cni-error.ts'
import { type CniVersion, versionAtLeast } from './versions.ts'

/** The result of ADD in the words of the newest version; `formatResult` says it in those of an older one. */
export interface CniResult {
  readonly interfaces: readonly ResultInterface[]
  readonly ips: readonly ResultAddress[]
  readonly routes: readonly ResultRoute[]
  readonly dns: Readonly<Record<string, unknown>>
}

export interface ResultInterface {
  readonly name: string
  readonly mac?: string
  readonly mtu?: number
  /** Path of the network namespace; absent: the host's. */
  readonly sandbox?: string
}

export interface ResultAddress {
  /** With length: `10.0.0.5/32`. */
  readonly address: string
  readonly gateway?: string
  /** Position in `interfaces`. */
  readonly interface?: number
}

export interface ResultRoute {
  readonly dst: string
  readonly gw?: string
}

/** The JSON of a result in the version that the configuration asks for. */
export function formatResult(version: CniVersion, result: CniResult): string {
  const withMtu = versionAtLeast(version, '1.1.0')
  const withFamily = !versionAtLeast(version, '1.0.0')
  return JSON.stringify({
    cniVersion: version,
    interfaces: result.interfaces.map(({ mtu, ...rest }) => (withMtu && mtu !== undefined ? { ...rest, mtu } : rest)),
    ips: result.ips.map((ip) => (withFamily ? { version: familyDigit(ip.address), ...ip } : ip)),
    routes: result.routes,
    dns: result.dns,
  })
}

/** Reads a `prevResult` of any version; what later plugins of the chain added and we do not know is left aside. */
export function parseResult(value: unknown, key: string): CniResult {
  const { interfaces, ips, routes, dns } = record(value, key)
  return {
    interfaces: list(interfaces, `${key}.interfaces`).map((item, index) => {
      const at = `${key}.interfaces[${index}]`
      const { name, mac, mtu, sandbox } = record(item, at)
      return {
        name: text(name, `${at}.name`),
        ...optional('mac', mac, `${at}.mac`),
        ...(typeof mtu === 'number' ? { mtu } : {}),
        ...optional('sandbox', sandbox, `${at}.sandbox`),
      }
    }),
    ips: list(ips, `${key}.ips`).map((item, index) => {
      const at = `${key}.ips[${index}]`
      const { address, gateway, interface: position } = record(item, at)
      return {
        address: text(address, `${at}.address`),
        ...optional('gateway', gateway, `${at}.gateway`),
        ...(typeof position === 'number' ? { interface: position } : {}),
      }
    }),
    routes: list(routes, `${key}.routes`).map((item, index) => {
      const at = `${key}.routes[${index}]`
      const { dst, gw } = record(item, at)
      return { dst: text(dst, `${at}.dst`), ...optional('gw', gw, `${at}.gw`) }
    }),
    dns: dns === undefined || dns === null ? {} : record(dns, `${key}.dns`),
  }
}

function familyDigit(address: string): '4' | '6' {
  return parseAddress(address.split('/')[0] ?? '')?.family === 6 ? '6' : '4'
}

function optional<K extends string>(name: K, value: unknown, key: string): { readonly [P in K]?: string } {
  if (value === undefined || value === null || value === '') return {}
  return { [name]: text(value, key) } as { readonly [P in K]?: string }
}

function record(value: unknown, key: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new CniError('invalidConfig', `${key} must be an object`)
}

function list(value: unknown, key: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new CniError('invalidConfig', `${key} must be a list`)
}

function text(value: unknown, key: string): string {
  if (typeof value === 'string') return value
  throw new CniError('invalidConfig', `${key} must be a string`)
}
