import { describe, expect, test } from '@jest/globals'
import { pendingPeers } from '../src/convergence.ts'
import { api } from '../src/gen/gobgp.js'
import type { DesiredPeer } from '../src/plan/desired.ts'

const now = 1000
const { SESSION_STATE_ESTABLISHED, SESSION_STATE_ACTIVE } = api.SessionState
const desired: DesiredPeer = {
  address: '192.0.2.1',
  family: 4,
  port: 179,
  asn: 65001,
  localAsn: 65101,
  origin: 'global',
  source: 'BGPPeer/tor',
  passive: false,
  allowedOwnAsns: 0,
  holdTime: 90,
  keepalive: 30,
  restartTime: 120,
}

interface Seen {
  readonly established?: boolean
  readonly age?: number
  readonly markers?: readonly boolean[]
  /** Flags of the graceful restart capability; absent: the peer does not have it. */
  readonly flags?: number
}

function seen({ established = true, age = 1, markers = [true], flags }: Seen): api.Peer.$Properties {
  return {
    conf: { neighborAddress: '192.0.2.1' },
    state: {
      sessionState: established ? SESSION_STATE_ESTABLISHED : SESSION_STATE_ACTIVE,
      remoteCap: flags === undefined ? [{}] : [{}, { gracefulRestart: { flags, time: 120 } }],
    },
    timers: { state: { uptime: { seconds: now - age } } },
    afiSafis: markers.map((endOfRibReceived) => ({ mpGracefulRestart: { state: { endOfRibReceived } } })),
  }
}

describe('a peer has told its routes', () => {
  test.each<[string, Seen, boolean]>([
    ['when every family is marked', { flags: 0, markers: [true, true] }, true],
    ['not when one family is not', { flags: 0, markers: [true, false] }, false],
    ['not while the session is down', { established: false, age: 3600 }, false],
    ['not by the marker of a peer that restarted itself', { flags: 8 }, false],
    ['not by that of one that also supports notifications', { flags: 12 }, false],
    ['by the marker of one that only supports notifications', { flags: 4 }, true],
    ['after a while in any case', { flags: 8, age: 15, markers: [false] }, true],
    ['without graceful restart after a while', { age: 15, markers: [false] }, true],
    ['without graceful restart not before', { age: 14, markers: [false] }, false],
  ])('%s', (_, peer, told) => {
    expect(pendingPeers([desired], [seen(peer)], now)).toEqual(told ? [] : ['192.0.2.1'])
  })

  test('and one that gobgpd does not know has not', () => {
    expect(pendingPeers([desired], [], now)).toEqual(['192.0.2.1'])
  })
})
