import { formatAddress, parseAddress, parsePrefix } from '@manx/api'
import type { NftKey, NftScalar, NftSet, NftTable, NftType, NftVerdict } from '@manx/netlink'
import { mergePrefixes, rangeText } from '../../calc/merge-prefixes.ts'
import type { KeyType, SetSpec, Verdict } from '../../calc/ruleset.ts'

const nftTypes: Readonly<Record<KeyType, NftType>> = {
  interface: 'ifname',
  ipv4: 'ipv4_addr',
  ipv6: 'ipv6_addr',
  'icmpv6-type': 'icmpv6_type',
  protocol: 'inet_proto',
  port: 'inet_service',
}

const keyTypes = new Map(Object.entries(nftTypes).map(([ours, kernels]) => [kernels, ours as KeyType]))

export function encodeSet(table: NftTable, { name, key, interval, verdicts }: SetSpec): NftSet {
  const types = key.map((type) => nftTypes[type])
  const [only] = types
  return {
    table,
    name,
    key: types.length === 1 && only !== undefined ? only : types,
    ...(interval === true ? { interval } : {}),
    ...(verdicts === true ? { data: 'verdict' as const } : {}),
  }
}

/** The set as we would have asked for it; undefined when it is of a kind that we never make. */
export function decodeSet(set: NftSet): SetSpec | undefined {
  const key: KeyType[] = []
  for (const type of typeof set.key === 'string' ? [set.key] : set.key) {
    const ours = keyTypes.get(type)
    if (ours === undefined) return undefined
    key.push(ours)
  }
  if (set.data !== undefined && set.data !== 'verdict') return undefined
  if (set.dynamic === true || set.timeout !== undefined) return undefined
  return {
    name: set.name,
    key,
    ...(set.interval === true ? { interval: true } : {}),
    ...(set.data === 'verdict' ? { verdicts: true } : {}),
  }
}

/** Parts of an item's key as the kernel takes them. */
export function encodeParts(set: SetSpec, parts: readonly string[]): NftKey {
  const values = parts.map((part, position) => encodePart(set.key[position], part))
  const [only] = values
  return values.length === 1 && only !== undefined ? only : values
}

const encodePart = (type: KeyType | undefined, part: string): NftScalar =>
  (type === 'icmpv6-type' || type === 'protocol' || type === 'port') && /^\d+$/.test(part) ? Number(part) : part

/** The kernel's key in the one spelling that items have. */
export function decodeParts(set: SetSpec, key: NftKey): readonly string[] {
  const values = Array.isArray(key) ? (key as readonly NftScalar[]) : [key as NftScalar]
  return values.map((value) => {
    const text = typeof value === 'object' ? Buffer.from(value).toString('hex') : String(value)
    if (set.interval === true) return canonicalRange(text)
    return text.includes(':') ? canonicalAddress(text) : text
  })
}

function canonicalAddress(text: string): string {
  const address = parseAddress(text)
  return address === undefined ? text : formatAddress(address)
}

function canonicalRange(text: string): string {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined
  if (prefix !== undefined) {
    const [range] = mergePrefixes([prefix], prefix.family)
    if (range !== undefined) return rangeText(range)
  }
  const [first = '', last = first] = text.split('-')
  return `${canonicalAddress(first)}-${canonicalAddress(last)}`
}

export const encodeVerdict = (verdict: Verdict): NftVerdict =>
  'chain' in verdict ? { verdict: verdict.kind, chain: verdict.chain } : { verdict: verdict.kind }

export const decodeVerdict = (verdict: NftVerdict): string =>
  'chain' in verdict ? `${verdict.verdict} ${verdict.chain}` : verdict.verdict
