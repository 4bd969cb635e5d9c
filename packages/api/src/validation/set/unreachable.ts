import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import type { PolicyRuleSpec } from '../../kinds/policy/rule.ts'
import { type PreparedEntity, prepareEntity } from './prepare-entity.ts'

/**
 * Whether every packet that `inner` matches is matched by `outer`, too. Says yes only where that is certain whatever the labels
 * and addresses in the cluster are.
 */
export function coversRule(outer: PolicyRuleSpec, inner: PolicyRuleSpec): boolean {
  return (
    (outer.ipVersion === undefined || outer.ipVersion === inner.ipVersion || onlyFamily(inner) === outer.ipVersion) &&
    (outer.protocol === undefined || sameProtocol(outer.protocol, inner.protocol)) &&
    coversNotProtocol(outer, inner) &&
    coversIcmp(outer.icmp, inner.icmp) &&
    (outer.notICMP === undefined || same(outer.notICMP, inner.notICMP)) &&
    coversEntity(outer.source, inner.source) &&
    coversEntity(outer.destination, inner.destination) &&
    (outer.http === undefined || same(outer.http, inner.http))
  )
}

/** How much work it is to compare the rule with another one, of which a rule without conditions is 1. */
export function comparisonCost({ source, destination }: PolicyRuleSpec): number {
  const sizes = [source, destination].map((entity) => {
    const { nets, notNets, ports, notPorts, terms } = prepareEntity(entity)
    return nets.prefixes.length + notNets.prefixes.length + ports.size + notPorts.size + (terms?.size ?? 0)
  })
  return 1 + sizes.reduce((sum, size) => sum + size, 0)
}

/** Whether the rule matches all packets. */
export function takesAll(rule: PolicyRuleSpec): boolean {
  return coversRule(rule, { action: rule.action })
}

const protocolNumbers: Readonly<Record<string, string>> = {
  ICMP: '1',
  TCP: '6',
  UDP: '17',
  ICMPv6: '58',
  SCTP: '132',
  UDPLite: '136',
}

function protocolNumber(protocol: string | number): string {
  return protocolNumbers[protocol] ?? String(protocol)
}

function sameProtocol(a: string | number, b: string | number | undefined): boolean {
  return b !== undefined && protocolNumber(a) === protocolNumber(b)
}

function coversNotProtocol(outer: PolicyRuleSpec, inner: PolicyRuleSpec): boolean {
  if (outer.notProtocol === undefined) return true
  if (inner.protocol !== undefined && !sameProtocol(outer.notProtocol, inner.protocol)) return true
  return sameProtocol(outer.notProtocol, inner.notProtocol)
}

function coversIcmp(outer: PolicyRuleSpec['icmp'], inner: PolicyRuleSpec['icmp']): boolean {
  if (outer === undefined) return true
  return inner !== undefined && outer.type === inner.type && (outer.code === undefined || outer.code === inner.code)
}

/** The only IP version of which the rule can match packets, as far as its addresses say. */
function onlyFamily({ source, destination }: PolicyRuleSpec): 4 | 6 | undefined {
  const first = [...(source?.nets ?? []), ...(destination?.nets ?? [])][0]
  return first === undefined ? undefined : first.includes(':') ? 6 : 4
}

/** Each is asked of few entities only: what takes little time comes first. */
function coversEntity(entity: EntityRule | undefined, other: EntityRule | undefined): boolean {
  if (entity === undefined || entity === other) return true
  const [outer, inner] = [prepareEntity(entity), prepareEntity(other)]
  return (
    coversWho(outer, inner) &&
    (outer.notSelector === '' || outer.notSelector === inner.notSelector) &&
    (outer.services === undefined || outer.services === inner.services) &&
    (outer.ports.size === 0 || (inner.ports.size > 0 && outer.ports.containsAll(inner.ports))) &&
    inner.notPorts.containsAll(outer.notPorts) &&
    coversNets(outer, inner) &&
    coversNotNets(outer, inner)
  )
}

/** Selector, namespaces and service accounts belong together: each says of the same endpoint what it is. */
function coversWho(outer: PreparedEntity, inner: PreparedEntity): boolean {
  // Each of them, also notSelector, limits a policy with a namespace to that one.
  const isGiven =
    outer.serviceAccounts !== undefined ||
    outer.terms !== undefined ||
    outer.notSelector !== '' ||
    outer.namespaceSelector !== ''
  if (!isGiven) return true
  if (outer.namespaceSelector !== inner.namespaceSelector || outer.serviceAccounts !== inner.serviceAccounts)
    return false
  const { terms } = inner
  return outer.terms === undefined || (terms !== undefined && [...outer.terms].every((term) => terms.has(term)))
}

function coversNets({ nets: outer, asksNets }: PreparedEntity, { nets: { prefixes } }: PreparedEntity): boolean {
  return !asksNets || (prefixes.length > 0 && prefixes.every((net) => outer.contains(net)))
}

function coversNotNets({ notNets: outer }: PreparedEntity, { nets, notNets }: PreparedEntity): boolean {
  return outer.prefixes.every(
    (net) =>
      notNets.contains(net) ||
      (nets.prefixes.length > 0 && nets.prefixes.every(({ family }) => family === net.family) && !nets.overlaps(net)),
  )
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
