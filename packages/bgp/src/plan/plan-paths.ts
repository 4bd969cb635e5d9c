import {
  addressBits,
  comparePrefixes,
  type Family,
  formatPrefix,
  hostPrefix,
  type IPPool,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from '@manx/api'
import type { DesiredPath, Finding } from './desired.ts'

export interface PathsInput {
  /** `Node/NAME`, for findings. */
  readonly object: string
  readonly addresses: Readonly<Partial<Record<Family, string>>>
  readonly ownBlocks: readonly Prefix[]
  readonly localAddresses: Iterable<string>
  readonly pools: Iterable<IPPool>
}

/** What this node announces: its blocks, and each local address of a pool that is in no block of its own. */
export function planPaths(input: PathsInput): { paths: Map<string, DesiredPath>; findings: Finding[] } {
  const paths = new Map<string, DesiredPath>()
  const findings: Finding[] = []
  const pools = readPools(input.pools)
  const withheld = pools.filter(({ announce }) => !announce)
  const announce = (prefix: Prefix) => {
    if (withheld.some((pool) => prefixContains(pool.prefix, prefix))) return
    const { family } = prefix
    const text = formatPrefix(prefix)
    if (input.addresses[family] !== undefined) paths.set(text, { prefix: text, family })
    else findings.push(noAddress(input.object, text, family))
  }
  for (const block of input.ownBlocks) announce(block)
  for (const text of input.localAddresses) {
    const address = parseAddress(text)
    if (address === undefined || !pools.some(({ prefix }) => prefixContains(prefix, address))) continue
    if (!input.ownBlocks.some((block) => prefixContains(block, address))) announce(hostPrefix(address))
  }
  return { paths, findings }
}

/** Own blocks in a stable order; those that are no prefixes are left out (IPAM never writes such). */
export function readBlocks(blocks: Iterable<string>): Prefix[] {
  return [...new Set(blocks)].flatMap((text) => parsePrefix(text) ?? []).sort(comparePrefixes)
}

/** A block of one address needs no blackhole: it would hide the pod. */
export function planBlackholes(ownBlocks: readonly Prefix[]): string[] {
  return ownBlocks.filter(({ family, length }) => length < addressBits(family)).map(formatPrefix)
}

function readPools(pools: Iterable<IPPool>): { prefix: Prefix; announce: boolean }[] {
  return [...pools].flatMap(({ spec }) => {
    const prefix = parsePrefix(spec.cidr)
    return prefix === undefined ? [] : [{ prefix, announce: spec.disableBGPExport !== true }]
  })
}

function noAddress(object: string, prefix: string, family: Family): Finding {
  const message = `has no IPv${family} address, so ${prefix} cannot be announced: set projectcalico.org/IPv${family}Address`
  return { object, reason: 'NoAddress', message }
}
