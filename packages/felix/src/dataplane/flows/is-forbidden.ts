import type { ConntrackEntry } from '@manx/netlink'
import { neighbourDiscoveryTypes } from '../../calc/base-chains.ts'
import type { EndpointPolicies } from '../../calc/policy-view.ts'
import { type AppliedTier, decide } from '../../evaluate/decide.ts'
import type { AddressFacts } from '../../evaluate/match-rule.ts'
import type { Packet } from '../../evaluate/packet.ts'

/** What flows are judged by. */
export interface FlowPolicies extends AddressFacts {
  /** Interface of the local endpoint with this address. */
  interfaceOf(address: string): string | undefined
  policiesOf(interfaceName: string): EndpointPolicies
}

/** The node itself, as an end of flows. */
export interface JudgedHost {
  readonly addresses: ReadonlySet<string>
  /** Pods may not send to it, whatever their policies say (defaultEndpointToHostAction Drop). */
  readonly closed: boolean
}

/**
 * True when the policies of either end that is on this node would not let the flow's first packet through. Its destination is
 * where it really went, behind any translation: that is what the forward hook sees. Flows that the node itself began are not
 * policed. An endpoint that is not known has none that are allowed, so this is only to be asked when all inputs are known.
 */
export function isForbidden(entry: ConntrackEntry, policies: FlowPolicies, host: JudgedHost): boolean {
  const { original, reply } = entry
  if (host.addresses.has(original.source)) return false
  const packet = firstPacket(entry)
  const denies = (direction: 'Ingress' | 'Egress', tiers: readonly AppliedTier[]) =>
    tiers.length > 0 && decide(tiers, direction, packet, policies).verdict === 'deny'
  const from = endpointOf(original.source, policies)
  if (from !== undefined && (!from.known || denies('Egress', from.egress))) return true
  if (from !== undefined && host.closed && host.addresses.has(reply.source) && !isDiscovery(packet)) return true
  const to = endpointOf(reply.source, policies)
  return to !== undefined && (!to.known || denies('Ingress', to.ingress))
}

/** What the chain of packets to the node lets through first. */
const isDiscovery = ({ protocol, icmp }: Packet): boolean =>
  protocol === icmpv6 && icmp !== undefined && neighbourDiscoveryTypes.includes(icmp.type)

const icmpv6 = 58

function endpointOf(address: string, policies: FlowPolicies): EndpointPolicies | undefined {
  const name = policies.interfaceOf(address)
  return name === undefined ? undefined : policies.policiesOf(name)
}

function firstPacket({ family, original, reply }: ConntrackEntry): Packet {
  const { source, protocol, sourcePort, icmp } = original
  return {
    family,
    protocol,
    source,
    destination: reply.source,
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(reply.sourcePort === undefined ? {} : { destinationPort: reply.sourcePort }),
    ...(icmp === undefined ? {} : { icmp: { type: icmp.type, code: icmp.code } }),
  }
}
