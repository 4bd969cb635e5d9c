import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { api } from '../src/gen/gobgp.js'
import type { DesiredPeer, DesiredPolicy } from '../src/plan/desired.ts'
import { pathMessage, readPath } from '../src/speaker/path-message.ts'
import { compareDesiredPeers, comparePeer, peerMessage } from '../src/speaker/peer-message.ts'
import { everything, nothing, policyEffect } from '../src/speaker/policy-message.ts'
import { resetsFor } from '../src/speaker/resets-for.ts'
import { acceptVersion } from '../src/speaker/version.ts'

const peer: DesiredPeer = {
  address: '10.0.0.254',
  family: 4,
  port: 179,
  asn: 65000,
  localAsn: 64512,
  origin: 'global',
  source: 'BGPPeer/tor',
  localAddress: '10.0.0.1',
  passive: false,
  allowedOwnAsns: 0,
  holdTime: 90,
  keepalive: 30,
  restartTime: 120,
}

describe('what a change of a session costs', () => {
  for (const [name, change, difference] of [
    ['nothing', {}, 'none'],
    ['the name of its object', { source: 'BGPPeer/other', origin: 'node specific' }, 'none'],
    ['timers', { keepalive: 10 }, 'timers'],
    ['the AS', { asn: 65001 }, 'session'],
    ['the password', { password: 'x' }, 'session'],
    ['the port', { port: 1790 }, 'session'],
    ['the source address', { localAddress: '10.0.0.2' }, 'session'],
    ['allowed own AS numbers', { allowedOwnAsns: 1 }, 'session'],
    ['TTL security', { minimumTtl: 255 }, 'session'],
    ['the restart time', { restartTime: 60 }, 'session'],
    ['being a client', { clusterId: '1.0.0.1' }, 'reflection'],
  ] as const) {
    test(`${name}: ${difference}`, () => {
      expect(compareDesiredPeers(peer, { ...peer, ...change })).toBe(difference)
      expect(comparePeer({ ...peer, ...change }, peerMessage(peer, true))).toBe(difference)
    })
  }

  test('a session without a source address does not care which one gobgpd chose', () => {
    const { localAddress: _, ...free } = peer
    expect(
      comparePeer(free, { ...peerMessage(free, false), transport: { remotePort: 179, localAddress: '10.9.9.9' } }),
    ).toBe('none')
  })
})

describe('what a change of the policies makes look again', () => {
  const policy: DesiredPolicy = {
    ownBlocks: [{ prefix: '10.244.1.0/26', min: 26, max: 31 }],
    pools: [{ prefix: '10.244.0.0/16', min: 16, max: 32 }],
    withheld: [],
    importAll: false,
    reflectTo: [],
    nextHopSelf: [],
    nextHopKeep: [],
  }
  for (const [name, change, effect] of [
    ['a new own block: nothing', { ownBlocks: [...policy.ownBlocks, ...policy.pools] }, nothing],
    ['an own block that went: what came in', { ownBlocks: [] }, { ...nothing, incoming: true }],
    ['an own block in place of another: what came in', { ownBlocks: policy.pools }, { ...nothing, incoming: true }],
    ['pools: what came in', { pools: [] }, { ...nothing, incoming: true }],
    [
      'pools of a reflector: everything',
      { pools: [], reflectTo: ['a'] },
      { incoming: true, outgoing: true, outgoingTo: ['a'] },
    ],
    ['the import setting: what came in', { importAll: true }, { ...nothing, incoming: true }],
    ['withheld pools: what goes out', { withheld: policy.pools }, { ...nothing, outgoing: true }],
    ['a next hop mode: what goes to that peer', { nextHopSelf: ['a'] }, { ...nothing, outgoingTo: ['a'] }],
  ] as const) {
    test(name, () => expect(policyEffect(policy, { ...policy, ...change })).toEqual(effect))
  }
})

describe('resets for a change of the policies', () => {
  const { DIRECTION_IN, DIRECTION_OUT } = api.ResetDirection
  const inAll = { address: '', direction: DIRECTION_IN }
  const out = (address: string) => ({ address, direction: DIRECTION_OUT })
  const none: readonly string[] = []
  test.each([
    ['of nothing', nothing, ['a', 'b'], none, []],
    ['of everything', everything, ['a', 'b'], none, [inAll, out('')]],
    ['without a session', everything, none, none, []],
    ['for some peers', { ...nothing, outgoingTo: ['a', 'gone'] }, ['a', 'b'], none, [out('a')]],
    ['before all was heard', everything, ['a', 'b'], ['b', 'c'], [inAll, out('a')]],
    ['for some peers before all was heard', { ...nothing, outgoingTo: ['a', 'b'] }, ['a', 'b'], ['b'], [out('a')]],
  ] as const)('%s', (_, effect, sessions, early, resets) => {
    expect(resetsFor(effect, new Set<string>(sessions), new Set<string>(early))).toEqual(resets)
  })
})

describe('versions of gobgpd', () => {
  test.each(['GoBGP/4.8.0', 'GoBGP/4.10.1', 'GoBGP/5.0.0', 'GoBGP/v4.8.0-rc1'])('%s will do', (text) => {
    expect(acceptVersion(text)).toMatch(/^[45]\./)
  })
  test.each(['GoBGP/4.7.0', 'GoBGP/3.37.0', '', 'FRR/8.4'])('%s is refused', (text) => {
    expect(() => acceptVersion(text)).toThrow('version 4.8 or newer is needed')
  })
})

describe('paths', () => {
  test('what was written is read as our own, in both families and both directions', () => {
    const inputs = fc.tuple(fc.nat(255), fc.integer({ min: 16, max: 32 }))
    fc.assert(
      fc.property(inputs, fc.boolean(), fc.boolean(), ([a, length], six, withdrawn) => {
        const prefix = six ? `fd00:${(a + 1).toString(16)}::/${length + 32}` : `10.${a}.0.0/${length < 32 ? 16 : 32}`
        const message = pathMessage({ prefix, family: six ? 6 : 4 }, withdrawn)
        const read = readPath(api.Path.decode(api.Path.encode(message).finish()))
        expect(read).toMatchObject({ prefix, family: six ? 6 : 4, withdrawn })
        expect(read?.neighbor).toBeUndefined()
      }),
    )
  })

  test.each([
    ['10.0.0.2', '10.0.0.2'],
    ['2001:db8::2', '2001:db8::2'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['<nil>', undefined],
    ['invalid IP', undefined],
    ['', undefined],
  ])('the neighbour %j is %j', (neighborIp, expected) => {
    const message = { ...pathMessage({ prefix: '10.244.0.0/26', family: 4 }), neighborIp }
    expect(readPath(message)?.neighbor).toBe(expected)
  })

  test('other families are left alone', () => {
    expect(readPath({ family: { afi: 25, safi: 70 } })).toBeUndefined()
  })
})
