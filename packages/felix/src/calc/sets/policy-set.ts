import { hash } from 'node:crypto'
import { addressBits, type Family, formatAddress } from '@manx/api'
import { addressRange, rangeText } from '../merge-prefixes.ts'
import type { SetSpec } from '../ruleset.ts'
import type { Box } from './disjoint-boxes.ts'
import type { Interval } from './intervals.ts'
import { knownSelector } from './known-selector.ts'

/** Whose named ports: those of this node's pods, or those of all pods. */
export type PortScope = 'node' | 'cluster'

/** A set that rules of policies look something up in. Its name says all that it is made of, so equal sets are one. */
export type PolicySet =
  /** Addresses of the pods that a selector matches. */
  | { readonly kind: 'addresses'; readonly name: string; readonly family: Family; readonly selector: string }
  /** `address . protocol . port` of the pods that gave a port this name. */
  | {
      readonly kind: 'named-port'
      readonly name: string
      readonly family: Family
      readonly scope: PortScope
      readonly port: string
      readonly protocol: number
    }
  /** What the policies themselves list. */
  | { readonly kind: 'fixed'; readonly name: string; readonly spec: SetSpec; readonly members: Members }

type Members = readonly (readonly string[])[]

/** As nft lists it. */
export function setSpecOf(set: PolicySet): SetSpec {
  switch (set.kind) {
    case 'addresses':
      return { name: set.name, key: [addressType(set.family)] }
    case 'named-port':
      return { name: set.name, key: [addressType(set.family), 'protocol', 'port'] }
    case 'fixed':
      return set.spec
  }
}

/** Throws `SelectorError`. */
export function addressSet(selector: string, family: Family): PolicySet {
  const known = knownSelector(selector)
  return { kind: 'addresses', name: `s${family}-${known.id}`, family, selector: known.selector.canonical }
}

export function namedPortSet(scope: PortScope, port: string, protocol: number, family: Family): PolicySet {
  const name = `p${family}-${contentHash([scope, port, protocol])}`
  return { kind: 'named-port', name, family, scope, port, protocol }
}

/** Ranges of addresses. */
export function netSet(nets: readonly Interval[], family: Family): PolicySet {
  const members = nets.map((net) => [rangeText(addressRange(net, family))])
  return fixed(`n${family}`, [addressType(family)], members)
}

/** Ranges of ports. */
export function portSet(ports: readonly Interval[]): PolicySet {
  return fixed(
    'ports',
    ['port'],
    ports.map((range) => [numberRange(range)]),
  )
}

/** `addresses . protocol . ports`, each a range. */
export function boxSet(boxes: readonly Box[], family: Family): PolicySet {
  const members = boxes.map(({ addresses, protocol, ports }) => [
    rangeText(addressRange(addresses, family)),
    `${protocol}-${protocol}`,
    numberRange(ports),
  ])
  return fixed(`np${family}`, [addressType(family), 'protocol', 'port'], members)
}

function fixed(prefix: string, key: SetSpec['key'], members: Members): PolicySet {
  const name = `${prefix}-${contentHash(members)}`
  return { kind: 'fixed', name, spec: { name, key, interval: true }, members }
}

/** The prefix that is this range, if it is one. */
export function prefixText({ first, last }: Interval, family: Family): string | undefined {
  const size = last - first + 1n
  if ((size & (size - 1n)) !== 0n || first % size !== 0n) return undefined
  return `${formatAddress({ family, value: first })}/${addressBits(family) - (size.toString(2).length - 1)}`
}

/** Twenty characters that are the same for the same content, and for no other. */
export const contentHash = (content: unknown): string =>
  hash('sha256', JSON.stringify(content), 'base64url').slice(0, 20)

const numberRange = ({ first, last }: Interval): string => `${first}-${last}`

const addressType = (family: Family): 'ipv4' | 'ipv6' => (family === 4 ? 'ipv4' : 'ipv6')
