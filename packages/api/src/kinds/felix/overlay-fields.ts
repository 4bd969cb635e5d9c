import { flag, neverOn, number, port, text, time, unused } from './field-forms.ts'

const tunnelMessage = (what: string) =>
  `must be false: Manx routes pod packets as they are, without ${what}. Remove the field; where nodes are in different subnets, let the routers between them learn the pod routes (kind BGPPeer)`
const wireguardMessage =
  'must be false: Manx does not encrypt packets between nodes. Remove the field and encrypt on the links between nodes, or in the applications'

/** Tunnels. Manx has none: their switches can only be off, and their other parameters do nothing. */
export const overlayFields = {
  ipipEnabled: neverOn('Only false: Manx has no IP-in-IP tunnels.', tunnelMessage('IP-in-IP')),
  ipipMTU: number(unused('the MTU of the IP-in-IP tunnel.'), 0),
  vxlanEnabled: neverOn('Only false: Manx has no VXLAN tunnels.', tunnelMessage('VXLAN')),
  vxlanMTU: number(unused('the MTU of the IPv4 VXLAN tunnel.'), 0),
  vxlanMTUV6: number(unused('the MTU of the IPv6 VXLAN tunnel.'), 0),
  vxlanPort: number('The UDP port by which VXLAN packets of pods are known (allowVXLANPacketsFromWorkloads).', 4789),
  vxlanVNI: number(unused('the network number of VXLAN.'), 4096),
  wireguardEnabled: neverOn('Only false: Manx has no WireGuard tunnels.', wireguardMessage),
  wireguardEnabledV6: neverOn('Only false: Manx has no WireGuard tunnels.', wireguardMessage),
  wireguardHostEncryptionEnabled: flag(unused('encrypt packets of nodes, too.'), false),
  wireguardInterfaceName: text(unused('the IPv4 WireGuard interface.'), 'wireguard.cali'),
  wireguardInterfaceNameV6: text(unused('the IPv6 WireGuard interface.'), 'wg-v6.cali'),
  wireguardListeningPort: port(unused('the UDP port of IPv4 WireGuard.'), 51_820),
  wireguardListeningPortV6: port(unused('the UDP port of IPv6 WireGuard.'), 51_821),
  wireguardMTU: number(unused('the MTU of IPv4 WireGuard.'), 0),
  wireguardMTUV6: number(unused('the MTU of IPv6 WireGuard.'), 0),
  wireguardKeepAlive: time(unused('how often WireGuard sends when there is nothing to send.'), '0s'),
  wireguardRoutingRulePriority: number(unused('the priority of the routing rule of WireGuard.'), 99),
  wireguardThreadingEnabled: flag(unused('spread WireGuard over processors.'), false),
} as const
