import type { Family } from '@manx/api'
import type { Field, Match, ProtocolName } from '../ruleset.ts'
import type { Interval } from '../sets/intervals.ts'
import { addressSet, boxSet, namedPortSet, netSet, type PolicySet, portSet, prefixText } from '../sets/policy-set.ts'
import type { Clause, ClauseSide, SideName } from './clause.ts'

export interface EncodedClause {
  readonly matches: readonly Match[]
  /** What the matches look up. */
  readonly sets: readonly PolicySet[]
}

const sides: readonly SideName[] = ['source', 'destination']

/** The conditions of the kernel's rule, cheap ones first. */
export function encodeClause(clause: Clause): EncodedClause {
  const sets: PolicySet[] = []
  const matches: Match[] = [...protocolMatches(clause)]
  const look = (set: PolicySet, fields: readonly Field[], not?: true) => {
    sets.push(set)
    matches.push({ kind: 'set', fields, set: set.name, ...(not === undefined ? {} : { not }) })
  }
  for (const side of sides) encodePorts(clause[side].ports, portField[side], matches, look)
  if (clause.family === undefined) return { matches, sets }
  const { family, protocol, boxes } = clause
  const before = matches.length
  for (const side of sides) encodeAddresses(clause[side], addressField(side, family), family, matches, look)
  for (const side of sides) {
    const { namedPort, notNamedPorts } = clause[side]
    if (protocol === undefined) continue
    const fields: readonly Field[] = [addressField(side, family), 'l4proto', portField[side]]
    if (namedPort !== undefined) look(namedPortSet(namedPort.scope, namedPort.name, protocol, family), fields)
    for (const { scope, name } of notNamedPorts) look(namedPortSet(scope, name, protocol, family), fields, true)
  }
  if (boxes !== undefined) {
    look(boxSet(boxes.list, family), [addressField(boxes.nets, family), 'l4proto', portField[boxes.ports]])
  }
  // Conditions on addresses and ICMP are of one family anyway.
  const saysFamily = matches.length > before || matches.some(({ kind }) => kind === 'icmp')
  return { matches: saysFamily ? matches : [{ kind: 'family', family }, ...matches], sets }
}

const protocolNames: Readonly<Record<number, ProtocolName>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
}

function protocolMatches({ family, protocol, notProtocol, icmp, notIcmp }: Clause): readonly Match[] {
  const matches: Match[] = []
  if (notProtocol !== undefined) {
    matches.push({ kind: 'protocol', protocol: protocolNames[notProtocol] ?? notProtocol, not: true })
  }
  const types = [icmp, notIcmp].filter((each) => each?.type !== undefined)
  if (protocol !== undefined && types.length === 0) {
    matches.push({ kind: 'protocol', protocol: protocolNames[protocol] ?? protocol })
  }
  if (family === undefined) return matches
  if (icmp?.type !== undefined) matches.push({ kind: 'icmp', family, ...icmp, type: icmp.type })
  if (notIcmp?.type !== undefined) matches.push({ kind: 'icmp', family, ...notIcmp, type: notIcmp.type, not: true })
  return matches
}

type Look = (set: PolicySet, fields: readonly Field[], not?: true) => void

function encodePorts(ports: readonly Interval[] | undefined, field: 'sport' | 'dport', matches: Match[], look: Look) {
  if (ports === undefined) return
  const [only] = ports
  if (ports.length !== 1 || only === undefined) return look(portSet(ports), [field])
  matches.push({ kind: 'port', field, range: { from: Number(only.first), to: Number(only.last) } })
}

function encodeAddresses(side: ClauseSide, field: Field, family: Family, matches: Match[], look: Look): void {
  const { selector, notSelector, nets } = side
  if (nets !== undefined) {
    const [only] = nets
    const prefix = nets.length === 1 && only !== undefined ? prefixText(only, family) : undefined
    if (prefix === undefined) look(netSet(nets, family), [field])
    else matches.push({ kind: 'prefix', field, prefix })
  }
  if (selector !== undefined) look(addressSet(selector, family), [field])
  if (notSelector !== undefined) look(addressSet(notSelector, family), [field], true)
}

const portField = { source: 'sport', destination: 'dport' } as const

function addressField(side: SideName, family: Family): Field {
  if (family === 4) return side === 'source' ? 'ip saddr' : 'ip daddr'
  return side === 'source' ? 'ip6 saddr' : 'ip6 daddr'
}
