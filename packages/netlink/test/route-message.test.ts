import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatIp, maskIp, parseIpPrefix } from '../src/ip-text.ts'
import { describeRoute, readRoute, writeRoute } from '../src/rt/route-message.ts'
import type { NextHop, Route, RouteType } from '../src/rt/types.ts'
import { MessageReader } from '../src/wire/message-reader.ts'
import { MessageWriter } from '../src/wire/message-writer.ts'
import { family, ipText, prefixText } from './arbitraries.ts'

function roundTrip(route: Route): Route | undefined {
  const writer = new MessageWriter(16)
  const start = writer.beginMessage(24, 0, 1)
  writeRoute(writer, route, false)
  writer.endMessage(start)
  const reader = new MessageReader(writer.bytes())
  reader.reset(writer.length)
  reader.next()
  const found = readRoute(reader)
  if (found === undefined) return undefined
  const { cloned: _, ...rest } = found
  return rest
}

function masked(text: string): string {
  const prefix = parseIpPrefix(text)
  return prefix ? `${formatIp(maskIp(prefix.bytes, prefix.length))}/${prefix.length}` : text
}

const routes: fc.Arbitrary<Route> = family.chain((version) => {
  const gateway = version === 4 ? fc.oneof(ipText(4), ipText(6)) : ipText(6)
  const hop = fc.record(
    {
      gateway,
      interface: fc.integer({ min: 1, max: 0x7fffffff }),
      weight: fc.integer({ min: 1, max: 256 }),
      onlink: fc.constant(true),
    },
    { requiredKeys: ['gateway', 'interface', 'weight'] },
  )
  const common = {
    family: fc.constant(version),
    destination: prefixText(version),
    table: fc.integer({ min: 1, max: 0xffffffff }),
    protocol: fc.integer({ min: 1, max: 255 }),
    metric: fc.nat(0xffffffff),
    scope: fc.constantFrom('global' as const, 'link' as const, 'host' as const),
  }
  const reached = fc.record(
    {
      ...common,
      type: fc.constant('unicast' as RouteType),
      source: ipText(version),
      mtu: fc.integer({ min: 68, max: 65535 }),
      nextHops: fc.array(hop, { minLength: 1, maxLength: 8 }),
    },
    { requiredKeys: ['family', 'destination', 'table', 'protocol', 'metric', 'scope', 'type', 'nextHops'] },
  )
  const refused = fc.record({
    ...common,
    type: fc.constantFrom<RouteType[]>('blackhole', 'unreachable', 'prohibit', 'throw'),
    nextHops: fc.constant([]),
  })
  return fc.oneof(reached, refused) as fc.Arbitrary<Route>
})

describe('route messages', () => {
  test('every route comes back as it was written', () => {
    fc.assert(
      fc.property(routes, (route) => {
        // A single next hop has no weight in the kernel's format.
        const hops: readonly NextHop[] =
          route.nextHops.length === 1 ? route.nextHops.map((hop) => ({ ...hop, weight: 1 })) : route.nextHops
        expect(roundTrip(route)).toEqual({ ...route, destination: masked(route.destination), nextHops: hops })
      }),
    )
  })

  test.each<[string, Route]>([
    [
      '0.0.0.0/0 via 192.0.2.1 dev #2 metric 5',
      { family: 4, destination: '0.0.0.0/0', metric: 5, nextHops: [{ gateway: '192.0.2.1', interface: 2 }] },
    ],
    [
      'blackhole 10.0.0.0/26 table 100',
      { family: 4, destination: '10.0.0.0/26', type: 'blackhole', table: 100, nextHops: [] },
    ],
    [
      '::/0 nexthop via fd00::1 nexthop via fd00::2',
      { family: 6, destination: '::/0', nextHops: [{ gateway: 'fd00::1' }, { gateway: 'fd00::2' }] },
    ],
  ])('in words: %s', (words, route) => {
    expect(describeRoute(route)).toBe(words)
  })

  test.each<[string, Route]>([
    ['"10.0.0.0/40" is not an address with prefix length', { family: 4, destination: '10.0.0.0/40', nextHops: [] }],
    ['destination is not IPv6', { family: 6, destination: '10.0.0.0/24', nextHops: [] }],
    ['no next hop', { family: 4, destination: '10.0.0.0/24', nextHops: [] }],
    [
      'this type has no next hops',
      { family: 4, destination: '10.0.0.0/24', type: 'blackhole', nextHops: [{ interface: 1 }] },
    ],
    [
      'the kernel has no IPv6 routes via IPv4',
      { family: 6, destination: 'fd00::/64', nextHops: [{ gateway: '192.0.2.1' }] },
    ],
    [
      'each of several IPv6 next hops needs a gateway',
      { family: 6, destination: 'fd00::/64', nextHops: [{ interface: 1 }, { interface: 2 }] },
    ],
    [
      'weight 0 is not 1 to 256',
      { family: 4, destination: '10.0.0.0/24', nextHops: [{ interface: 1, weight: 0 }, { interface: 2 }] },
    ],
    [
      'source fd00::1 is not IPv4',
      { family: 4, destination: '10.0.0.0/24', source: 'fd00::1', nextHops: [{ interface: 1 }] },
    ],
  ])('refused: %s', (message, route) => {
    expect(() => writeRoute(new MessageWriter(), route, false)).toThrow(message)
  })
})
