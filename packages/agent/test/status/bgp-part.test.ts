import { expect, test } from '@jest/globals'
import type { BgpStatus, PeerStatus } from '@manx/bgp'
import { bgpPart } from '../../src/status/bgp-part.ts'

const peer: PeerStatus = {
  address: '10.0.0.1',
  family: 4,
  port: 179,
  asn: 64_512,
  type: 'global',
  source: 'BGPPeer/tor',
  state: 'up',
  info: 'Established',
  prefixes: { received: 1, accepted: 1, refused: 0, looped: 0, advertised: 1 },
  firstRefused: [],
}
const bgp: BgpStatus = {
  node: 'n',
  asn: 64_512,
  speaker: { connected: true },
  plan: 'current',
  peers: [peer],
  announced: [],
  routes: { learned: 0, installed: 0, retaining: false },
  findings: [],
}

test.each([
  ['up', 'Established', 'up'],
  ['down', 'Active', 'start'],
  ['down', 'Not set up', 'down'],
] as const)('a session that is %s (%s) is shown as %s', (state, info, expected) => {
  const part = bgpPart({ ...bgp, peers: [{ ...peer, state, info }] })
  expect(part).toMatchObject({ asNumber: 64_512, bgpRunning: true })
  expect(part.peers).toEqual([
    { address: '10.0.0.1', family: 4, type: 'global', state: expected, info, asNumber: 64_512, name: 'tor' },
  ])
})
