import type { Family } from '@manx/api'
import { type NftExpression, type NftField, nft } from '@manx/netlink'
import type { Action, Field, Match, PortRange, ProtocolName, Rule } from '../../calc/ruleset.ts'

const fieldNames: Readonly<Record<Field, NftField>> = {
  iifname: 'iifname',
  oifname: 'oifname',
  'ip saddr': 'ip saddr',
  'ip daddr': 'ip daddr',
  'ip6 saddr': 'ip6 saddr',
  'ip6 daddr': 'ip6 daddr',
  'icmpv6 type': 'icmpv6 type',
  l4proto: 'l4proto',
  sport: 'th sport',
  dport: 'th dport',
}

const protocolNumbers: Readonly<Record<ProtocolName, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  icmpv6: 58,
  sctp: 132,
  udplite: 136,
}

/** The kernel's expressions for a rule of a table of family inet. */
export function encodeRule(rule: Rule): readonly NftExpression[] {
  const state: Dependencies = { family: undefined, protocol: undefined }
  return [
    ...rule.matches.flatMap((match) => encodeMatch(match, state)),
    ...(rule.counter === true ? nft.counter() : []),
    ...encodeAction(rule.action, state),
  ]
}

/** What the rule has already made sure of; else a field would read other bytes of the packet. */
interface Dependencies {
  family: Family | undefined
  protocol: number | undefined
}

function requirements(fields: readonly Field[], state: Dependencies): NftExpression[] {
  const expressions: NftExpression[] = []
  for (const field of fields) {
    const family = field.startsWith('ip ') ? 4 : field.startsWith('ip6 ') ? 6 : undefined
    if (family !== undefined) expressions.push(...requireFamily(family, state))
    if (field === 'icmpv6 type') expressions.push(...requireProtocol(protocolNumbers.icmpv6, state))
  }
  return expressions
}

function requireFamily(family: Family, state: Dependencies): readonly NftExpression[] {
  if (state.family === family) return []
  state.family = family
  return nft.family(family)
}

function requireProtocol(protocol: number, state: Dependencies): readonly NftExpression[] {
  if (state.protocol === protocol) return []
  state.protocol = protocol
  return nft.l4proto(protocol)
}

function encodeMatch(match: Match, state: Dependencies): readonly NftExpression[] {
  switch (match.kind) {
    case 'interface':
      return nft.match(match.field, match.name, match.not)
    case 'interface-prefix':
      return nft.match(match.field, `${match.prefix}*`)
    case 'conntrack':
      return nft.ctState(...match.states)
    case 'set':
      return [
        ...requirements(match.fields, state),
        ...nft.inSet(
          match.fields.map((field) => fieldNames[field]),
          match.set,
          match.not,
        ),
      ]
    case 'prefix':
      return [...requirements([match.field], state), ...nft.match(fieldNames[match.field], match.prefix, match.not)]
    case 'protocol': {
      const number = typeof match.protocol === 'number' ? match.protocol : protocolNumbers[match.protocol]
      return match.not === true ? nft.l4proto(number, true) : requireProtocol(number, state)
    }
    case 'family':
      return requireFamily(match.family, state)
    case 'port':
      // A port at another protocol's place would be any bytes of the packet.
      if (state.protocol === undefined) throw new Error(`a match of ${match.field} without a protocol`)
      return nft.match(fieldNames[match.field], portText(match.range), match.not)
    case 'icmp':
      return [
        ...requireProtocol(match.family === 4 ? protocolNumbers.icmp : protocolNumbers.icmpv6, state),
        ...encodeIcmp(match),
      ]
    case 'mark':
      return nft.matchMasked('mark', match.mask, match.value, match.not)
    case 'ct-mark':
      return nft.matchMasked('ct mark', match.mask, match.value, match.not)
  }
}

const portText = ({ from, to }: PortRange): string => (from === to ? String(from) : `${from}-${to}`)

function encodeIcmp({ family, type, code, not }: Extract<Match, { kind: 'icmp' }>): readonly NftExpression[] {
  const name = family === 4 ? 'icmp' : 'icmpv6'
  if (code === undefined) return nft.match(`${name} type`, type, not)
  if (not !== true) return [...nft.match(`${name} type`, type), ...nft.match(`${name} code`, code)]
  // Not this pair: type and code are neighbours in the packet.
  return [
    { type: 'payload', base: 'transport', offset: 0, length: 2, register: 1 },
    { type: 'cmp', op: 'neq', value: Uint8Array.of(type, code), register: 1 },
  ]
}

function encodeAction(action: Action, state: Dependencies): readonly NftExpression[] {
  switch (action.kind) {
    case 'accept':
      return nft.accept()
    case 'drop':
      return nft.drop()
    case 'return':
      return nft.returns()
    case 'jump':
      return nft.jump(action.chain)
    case 'goto':
      return nft.goto(action.chain)
    case 'dispatch':
      return [
        ...requirements(action.fields, state),
        ...nft.verdictMap(
          action.fields.map((field) => fieldNames[field]),
          action.map,
        ),
      ]
    case 'set-mark':
      return [...nft.setMark(action.value, action.mask), ...(action.next === 'return' ? nft.returns() : [])]
    case 'reject':
      return [...requireProtocol(protocolNumbers.tcp, state), ...nft.rejectTcp()]
    case 'log':
      return [{ type: 'log', prefix: action.prefix }]
    case 'masquerade':
      if (action.ports === undefined) return nft.masquerade({ fullyRandom: true })
      return [...portRegisters(action.ports), { type: 'masquerade', fullyRandom: true, ports: { from: 2, to: 3 } }]
    case 'snat': {
      const family = requireFamily(action.family, state)
      if (action.ports === undefined) return [...family, ...nft.snat(action.address, { fullyRandom: true })]
      const field = action.family === 4 ? 'ip saddr' : 'ip6 saddr'
      return [
        ...family,
        { type: 'immediate', register: 1, value: nft.valueBytes(field, action.address) },
        ...portRegisters(action.ports),
        { type: 'snat', family: action.family, address: { from: 1 }, port: { from: 2, to: 3 }, fullyRandom: true },
      ]
    }
  }
}

function portRegisters(ports: PortRange): readonly NftExpression[] {
  return [
    { type: 'immediate', register: 2, value: nft.valueBytes('th sport', ports.from) },
    { type: 'immediate', register: 3, value: nft.valueBytes('th sport', ports.to) },
  ]
}
