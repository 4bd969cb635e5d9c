import type { BgpStatus } from '@manx/bgp'
import type { NodeStatus } from '@manx/process'

/** The part of the status that is BGP's. */
export function bgpPart(bgp: BgpStatus): Pick<NodeStatus, 'asNumber' | 'routerId' | 'bgpRunning' | 'peers' | 'bgp'> {
  return {
    ...(bgp.asn === undefined ? {} : { asNumber: bgp.asn }),
    ...(bgp.routerId === undefined ? {} : { routerId: bgp.routerId }),
    bgpRunning: bgp.speaker.connected,
    peers: bgp.peers.map(({ address, family, type, state, since, info, asn, source }) => ({
      address,
      family,
      type,
      state: state === 'up' ? 'up' : info === 'Not set up' ? 'down' : 'start',
      ...(since === undefined ? {} : { since }),
      info,
      asNumber: asn,
      name: source.replace(/^[A-Za-z]+\//, ''),
    })),
    bgp,
  }
}
