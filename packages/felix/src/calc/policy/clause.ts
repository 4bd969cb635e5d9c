import {
  addressBits,
  type EntityMatch,
  type Family,
  type IcmpMatch,
  type PolicyDirection,
  type PolicyPort,
  type PolicyRule,
  type Prefix,
  parsePrefix,
  type RuleAction,
} from '@manx/api'
import { prefixIntervals } from '../merge-prefixes.ts'
import type { Box } from '../sets/disjoint-boxes.ts'
import { difference, type Interval, unionOf } from '../sets/intervals.ts'
import type { PortScope } from '../sets/policy-set.ts'

export interface NamedPortMatch {
  readonly scope: PortScope
  readonly name: string
}

/** What is asked of one end of the packet. All of it must hold. */
export interface ClauseSide {
  readonly selector?: string
  readonly notSelector?: string
  /** Absent: any address. Never empty. */
  readonly nets?: readonly Interval[]
  /** Absent: any port. Never empty. */
  readonly ports?: readonly Interval[]
  readonly namedPort?: NamedPortMatch
  readonly notNamedPorts: readonly NamedPortMatch[]
}

export type SideName = 'source' | 'destination'

/** A conjunction that becomes one rule of the kernel. */
export interface Clause {
  readonly action: RuleAction
  /** Absent: both families. */
  readonly family?: Family
  readonly protocol?: number
  readonly notProtocol?: number
  readonly icmp?: IcmpMatch
  readonly notIcmp?: IcmpMatch
  readonly source: ClauseSide
  readonly destination: ClauseSide
  /** Addresses of one side together with ports of one side, in place of those sides' `nets` and `ports` and of `protocol`. */
  readonly boxes?: { readonly nets: SideName; readonly ports: SideName; readonly list: readonly Box[] }
  /** Positions of the rules that it stands for. */
  readonly rules: readonly number[]
}

/** Protocols with ports where TCP has them: TCP, UDP, SCTP, UDP-Lite. */
const protocolsWithPorts: readonly (number | undefined)[] = [6, 17, 132, 136]

const everyPort: readonly Interval[] = [{ first: 0n, last: 65_535n }]

/** What a rule matches, as clauses of which one is enough; none for a rule that can match nothing. */
export function clausesOf(
  rule: PolicyRule,
  position: number,
  direction: PolicyDirection,
  families: readonly Family[],
): readonly Clause[] {
  const { action, protocol, notProtocol, icmp, notIcmp } = rule
  const { source = {}, destination = {} } = rule
  const lists = [source.ports, source.notPorts, destination.ports, destination.notPorts]
  if (lists.some((list) => list !== undefined) && !protocolsWithPorts.includes(protocol)) return []
  const common = {
    action,
    rules: [position],
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol }),
    ...(icmp === undefined ? {} : { icmp }),
    ...(notIcmp === undefined ? {} : { notIcmp }),
  }
  // The port of an ingress rule's destination is one of the pod that is protected: a pod of this node.
  const localSide = direction === 'Ingress' ? 'destination' : 'source'
  const clauses = allowedFamilies(rule, families).flatMap((family): readonly Clause[] =>
    sidesOf(source, family, localSide === 'source').flatMap((from) =>
      sidesOf(destination, family, localSide === 'destination').map((to) => ({
        ...common,
        family,
        source: from,
        destination: to,
      })),
    ),
  )
  return withoutFamily(clauses, rule, families)
}

function allowedFamilies({ ipVersion, protocol, icmp, notIcmp }: PolicyRule, families: readonly Family[]): Family[] {
  const asksIcmp = icmp !== undefined || notIcmp !== undefined
  if (asksIcmp && protocol !== 1 && protocol !== 58) return []
  // A code means something together with a type only; and nothing is left of ICMP without all of ICMP.
  if (icmp?.type === undefined && icmp?.code !== undefined) return []
  if (notIcmp !== undefined && notIcmp.type === undefined) return []
  const icmpFamily = protocol === 1 ? 4 : 6
  return families.filter(
    (family) => (ipVersion === undefined || ipVersion === family) && (!asksIcmp || family === icmpFamily),
  )
}

/** One clause for both families where they do not differ. */
function withoutFamily(clauses: readonly Clause[], rule: PolicyRule, families: readonly Family[]): readonly Clause[] {
  const [first] = clauses
  const alike =
    first !== undefined &&
    clauses.length === families.length &&
    rule.ipVersion === undefined &&
    rule.icmp === undefined &&
    rule.notIcmp === undefined &&
    clauses.every(({ source, destination }) => !asksAddress(source) && !asksAddress(destination))
  if (!alike) return clauses
  const { family: _, ...neutral } = first
  return [neutral]
}

const asksAddress = ({ selector, notSelector, nets, namedPort, notNamedPorts }: ClauseSide): boolean =>
  [selector, notSelector, nets, namedPort].some((each) => each !== undefined) || notNamedPorts.length > 0

/** Alternatives, because a port may be given by number or by name. None: nothing can match. */
function sidesOf(entity: EntityMatch, family: Family, local: boolean): readonly ClauseSide[] {
  const { selector, notSelector, ports, notPorts } = entity
  const nets = netsOf(entity, family)
  if (nets === 'none') return []
  const scope: PortScope = local ? 'node' : 'cluster'
  const named = (list: readonly PolicyPort[]) =>
    list.flatMap((port) => ('name' in port ? [{ scope, name: port.name }] : []))
  const base = {
    ...(selector === undefined ? {} : { selector }),
    ...(notSelector === undefined ? {} : { notSelector }),
    ...(nets === 'any' ? {} : { nets }),
    notNamedPorts: named(notPorts ?? []),
  }
  const refused = numbered(notPorts ?? [])
  const numbers = difference(ports === undefined ? everyPort : numbered(ports), refused)
  const byNumber = numbers.length === 0 ? [] : [{ ...base, ...portsField(numbers) }]
  const others = difference(everyPort, refused)
  const byName = others.length === 0 ? [] : named(ports ?? [])
  return [...byNumber, ...byName.map((namedPort) => ({ ...base, ...portsField(others), namedPort }))]
}

function portsField(ports: readonly Interval[]): Pick<ClauseSide, 'ports'> {
  const [only] = ports
  const all = ports.length === 1 && only?.first === 0n && only.last === 65_535n
  return all ? {} : { ports }
}

function numbered(ports: readonly PolicyPort[]): readonly Interval[] {
  const ranges = ports.filter((port) => 'from' in port).filter(({ from, to }) => from <= to)
  return unionOf(ranges.map(({ from, to }) => ({ first: BigInt(from), last: BigInt(to) })))
}

/** `nets` without `notNets`: exclusions become part of what is included, so that one lookup tells. */
function netsOf({ nets, notNets }: EntityMatch, family: Family): readonly Interval[] | 'any' | 'none' {
  if (nets === undefined && notNets === undefined) return 'any'
  const whole: readonly Interval[] = [{ first: 0n, last: (1n << BigInt(addressBits(family))) - 1n }]
  const included = nets === undefined ? whole : prefixIntervals(prefixesOf(nets), family)
  const left = difference(included, prefixIntervals(prefixesOf(notNets ?? []), family))
  if (left.length === 0) return 'none'
  const [only] = left
  return left.length === 1 && only?.first === whole[0]?.first && only?.last === whole[0]?.last ? 'any' : left
}

const prefixesOf = (texts: readonly string[]): readonly Prefix[] =>
  texts.map((text) => parsePrefix(text)).filter((prefix): prefix is Prefix => prefix !== undefined)
