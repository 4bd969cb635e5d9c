import { parseAddress } from '../../addresses/address.ts'
import { hostPrefix, type Prefix, parsePrefix, prefixContains, prefixesOverlap } from '../../addresses/prefix.ts'
import type { EntityRule } from '../../kinds/policy/entity-rule.ts'
import { isNumericPort } from '../../kinds/policy/port.ts'
import type { PolicyRuleSpec } from '../../kinds/policy/rule.ts'
import { canonicalSelector } from '../../selectors/canonical.ts'
import { readSelector } from './read-selector.ts'

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

type Entity = EntityRule | undefined

function coversEntity(outer: Entity, inner: Entity): boolean {
  if (outer === undefined) return true
  return (
    coversNets(outer.nets, inner?.nets) &&
    coversNotNets(outer.notNets, inner) &&
    coversWho(outer, inner) &&
    (isEmpty(outer.notSelector) || canonical(outer.notSelector) === canonical(inner?.notSelector)) &&
    coversPorts(outer.ports, inner?.ports) &&
    coversNotPorts(outer.notPorts, inner?.notPorts) &&
    (outer.services === undefined || same(outer.services, inner?.services))
  )
}

/** Selector, namespaces and service accounts belong together: each says of the same endpoint what it is. */
function coversWho(outer: EntityRule, inner: Entity): boolean {
  // Each of them, also notSelector, limits a policy with a namespace to that one.
  const texts = [outer.selector, outer.notSelector, outer.namespaceSelector]
  const isGiven = outer.serviceAccounts !== undefined || texts.some((text) => !isEmpty(text))
  if (!isGiven) return true
  if (inner === undefined || canonical(outer.namespaceSelector) !== canonical(inner.namespaceSelector)) return false
  if (!same(outer.serviceAccounts, inner.serviceAccounts)) return false
  const terms = termsOf(inner.selector)
  if (terms === undefined) return isEmpty(outer.selector) && isEmpty(inner.selector)
  const wanted = termsOf(outer.selector)
  return wanted === undefined || wanted.every((term) => terms.includes(term))
}

/** The canonical texts of what must all hold; undefined when nothing is asked. */
function termsOf(selector: string | undefined): readonly string[] | undefined {
  if (isEmpty(selector)) return undefined
  const { node, canonical: whole } = readSelector(selector ?? '')
  return node.type === 'and' ? [...node.operands.map(canonicalSelector), whole] : [whole]
}

function prefixOfNet(net: string): Prefix | undefined {
  const address = parseAddress(net)
  return address === undefined ? parsePrefix(net) : hostPrefix(address)
}

function prefixesOf(nets: readonly string[] | undefined): readonly Prefix[] {
  return (nets ?? []).flatMap((net) => prefixOfNet(net) ?? [])
}

function coversNets(outer: readonly string[] | undefined, inner: readonly string[] | undefined): boolean {
  if (outer === undefined || outer.length === 0) return true
  const around = prefixesOf(outer)
  const inside = prefixesOf(inner)
  return inside.length > 0 && inside.every((net) => around.some((one) => prefixContains(one, net)))
}

function coversNotNets(outer: readonly string[] | undefined, inner: Entity): boolean {
  const excluded = prefixesOf(outer)
  const [nets, notNets] = [prefixesOf(inner?.nets), prefixesOf(inner?.notNets)]
  return excluded.every(
    (net) =>
      notNets.some((one) => prefixContains(one, net)) ||
      (nets.length > 0 && nets.every((one) => one.family === net.family && !prefixesOverlap(one, net))),
  )
}

type Ports = readonly (string | number)[] | undefined

function coversPorts(outer: Ports, inner: Ports): boolean {
  if (outer === undefined || outer.length === 0) return true
  if (inner === undefined || inner.length === 0) return false
  return inner.every((port) => outer.some((one) => coversPort(one, port)))
}

function coversNotPorts(outer: Ports, inner: Ports): boolean {
  return (outer ?? []).every((port) => (inner ?? []).some((one) => coversPort(one, port)))
}

function coversPort(outer: string | number, inner: string | number): boolean {
  if (!isNumericPort(outer) || !isNumericPort(inner)) return String(outer) === String(inner)
  const [[first, last], [from, to]] = [rangeOf(outer), rangeOf(inner)]
  return first <= from && to <= last
}

function rangeOf(port: string | number): [number, number] {
  const [first, last] = String(port).split(':').map(Number)
  return [first ?? 0, last ?? first ?? 0]
}

function canonical(selector: string | undefined): string {
  return isEmpty(selector) ? '' : readSelector(selector ?? '').canonical
}

function isEmpty(text: string | undefined): boolean {
  return text === undefined || text === ''
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
