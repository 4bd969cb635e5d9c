import { type NftExpression, type NftField, nft } from '@manx/netlink'
import type { Action, Field, Match, PortRange, Rule } from '../../calc/ruleset.ts'

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
  family: 4 | 6 | undefined
  protocol: string | undefined
}

function requirements(fields: readonly Field[], state: Dependencies): NftExpression[] {
  const expressions: NftExpression[] = []
  for (const field of fields) {
    const family = field.startsWith('ip ') ? 4 : field.startsWith('ip6 ') ? 6 : undefined
    if (family !== undefined && state.family !== family) {
      expressions.push(...nft.family(family))
      state.family = family
    }
    if (field === 'icmpv6 type' && state.protocol !== 'icmpv6') {
      expressions.push(...nft.l4proto('icmpv6'))
      state.protocol = 'icmpv6'
    }
  }
  return expressions
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
    case 'address':
      return [...requirements([match.field], state), ...nft.match(fieldNames[match.field], match.value, match.not)]
    case 'prefix':
      return [...requirements([match.field], state), ...nft.match(fieldNames[match.field], match.prefix, match.not)]
    case 'protocol':
      if (match.not !== true) state.protocol = match.protocol
      return nft.l4proto(match.protocol, match.not)
  }
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
    case 'masquerade':
      if (action.ports === undefined) return nft.masquerade({ fullyRandom: true })
      return [...portRegisters(action.ports), { type: 'masquerade', fullyRandom: true, ports: { from: 2, to: 3 } }]
    case 'snat': {
      const family = state.family === action.family ? [] : nft.family(action.family)
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
