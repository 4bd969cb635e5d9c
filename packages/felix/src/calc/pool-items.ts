import { type Address, type Family, formatAddress, type Prefix, parseAddress, parsePrefix } from '@manx/api'
import type { Issue } from './issue.ts'
import type { Item } from './items.ts'
import { mergePrefixes, rangeText } from './merge-prefixes.ts'
import { names } from './names.ts'
import type { Settings } from './parameters.ts'

/** The part of an IPPool that is read here. */
export interface PoolObject {
  readonly metadata: { readonly name?: string }
  readonly spec: { readonly cidr: string; readonly natOutgoing?: boolean; readonly disabled?: boolean }
}

/** Why this pool is passed over; empty when it is not. */
export function checkPool(pool: PoolObject): readonly Issue[] {
  if (parsePrefix(pool.spec.cidr) !== undefined) return []
  const object = `IPPool/${pool.metadata.name ?? ''}`
  return [{ object, field: 'spec.cidr', value: pool.spec.cidr, message: 'must be an IPv4 or IPv6 prefix' }]
}

/** Source NAT is for addresses of pools with natOutgoing; what goes to any pool, disabled ones too, keeps its source. */
export function poolItems(pools: Iterable<PoolObject>, settings: Settings): readonly Item[] {
  const all: Prefix[] = []
  const nat: Prefix[] = []
  for (const { spec } of pools) {
    const prefix = parsePrefix(spec.cidr)
    if (prefix === undefined) continue
    all.push(prefix)
    if (spec.natOutgoing === true) nat.push(prefix)
  }
  const families: readonly Family[] = settings.ipv6Support ? [4, 6] : [4]
  return families.flatMap((family) => [
    ...members(names.natPools(family), mergePrefixes(nat, family).map(rangeText)),
    ...members(names.allPools(family), mergePrefixes(all, family).map(rangeText)),
  ])
}

/** Addresses of nodes; text that is no address is passed over. */
export function hostAddressItems(addresses: readonly string[], settings: Settings): readonly Item[] {
  return addresses
    .map((text) => parseAddress(text))
    .filter((address): address is Address => address !== undefined)
    .filter((address) => address.family === 4 || settings.ipv6Support)
    .flatMap((address) => members(names.hosts(address.family), [formatAddress(address)]))
}

const members = (set: string, values: readonly string[]): readonly Item[] =>
  values.map((value) => ({ kind: 'member', set, parts: [value] }))
