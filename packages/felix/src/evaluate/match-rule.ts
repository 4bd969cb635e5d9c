import {
  type EntityMatch,
  type IcmpMatch,
  type NamedPort,
  type PolicyPort,
  type PolicyRule,
  parseAddress,
  parsePrefix,
  prefixContains,
} from '@manx/api'
import type { Packet } from './packet.ts'

/** What is known about addresses. Both are asked with addresses of the packet. */
export interface AddressFacts {
  /** Whether an endpoint with this address satisfies the selector. False for an address of no endpoint, also for `all()`. */
  matchesSelector(selector: string, address: string): boolean
  /** Whether an endpoint with this address has this port under this name. */
  hasNamedPort(address: string, port: NamedPort): boolean
}

/** True when everything that the rule asks for holds. */
export function matchesRule(rule: PolicyRule, packet: Packet, facts: AddressFacts): boolean {
  if (!isMeaningful(rule)) return false
  if (rule.ipVersion !== undefined && rule.ipVersion !== packet.family) return false
  if (rule.protocol !== undefined && rule.protocol !== packet.protocol) return false
  if (rule.notProtocol !== undefined && rule.notProtocol === packet.protocol) return false
  if (rule.icmp !== undefined && !matchesIcmp(rule.icmp, packet)) return false
  if (rule.notIcmp !== undefined && matchesIcmp(rule.notIcmp, packet)) return false
  return (
    matchesEntity(rule.source ?? {}, packet.source, packet.sourcePort, packet, facts) &&
    matchesEntity(rule.destination ?? {}, packet.destination, packet.destinationPort, packet, facts)
  )
}

function matchesIcmp({ type, code }: IcmpMatch, { icmp }: Packet): boolean {
  if (icmp === undefined) return false
  return (type === undefined || type === icmp.type) && (code === undefined || code === icmp.code)
}

/**
 * A rule that asks for ports or for ICMP without naming a protocol that has them, or for a code without its type, asks for
 * nothing that there is.
 */
function isMeaningful({ protocol, icmp, notIcmp, source, destination }: PolicyRule): boolean {
  const ports = [source?.ports, source?.notPorts, destination?.ports, destination?.notPorts]
  if (protocol === undefined && ports.some((list) => list !== undefined)) return false
  const asked = [icmp, notIcmp].filter((each) => each !== undefined)
  if (asked.length > 0 && protocol !== 1 && protocol !== 58) return false
  return asked.every(({ type, code }) => type !== undefined || code === undefined)
}

function matchesEntity(
  entity: EntityMatch,
  address: string,
  port: number | undefined,
  { protocol }: Packet,
  facts: AddressFacts,
): boolean {
  const { selector, notSelector, nets, notNets, ports, notPorts } = entity
  if (selector !== undefined && !facts.matchesSelector(selector, address)) return false
  if (notSelector !== undefined && facts.matchesSelector(notSelector, address)) return false
  if (nets !== undefined && !nets.some((net) => contains(net, address))) return false
  if (notNets?.some((net) => contains(net, address)) === true) return false
  // A packet without ports is on no list of ports, and not on a list of other ports either.
  if (port === undefined) return ports === undefined && notPorts === undefined
  const isPort = (one: PolicyPort) =>
    'name' in one ? facts.hasNamedPort(address, { name: one.name, protocol, port }) : one.from <= port && port <= one.to
  if (ports !== undefined && !ports.some(isPort)) return false
  return notPorts === undefined || !notPorts.some(isPort)
}

/** A text that is no prefix contains nothing. */
function contains(net: string, address: string): boolean {
  const prefix = parsePrefix(net)
  const inner = parseAddress(address)
  return prefix !== undefined && inner !== undefined && prefixContains(prefix, inner)
}
