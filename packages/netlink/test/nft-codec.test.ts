import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { canonicalElement, type NftElement, type NftExpression, type NftField, type NftSet, nft } from '../src/index.ts'
import { readExpressions } from '../src/nft/decode-expression.ts'
import { elementsOf, type RawElement, readElements, writeElement } from '../src/nft/element-message.ts'
import { writeExpressions } from '../src/nft/encode-expression.ts'
import { refuseChainedLookups } from '../src/nft/refuse-chained-lookups.ts'
import { MessageReader } from '../src/wire/message-reader.ts'
import { MessageWriter } from '../src/wire/message-writer.ts'
import { ipText, prefixText } from './arbitraries.ts'
import { ruleFingerprint } from './same-rule.ts'

const table = { family: 'inet', name: 'manx' } as const

/** Looks a field up in a map of data. */
const mapInto = (field: NftField, set: string): NftExpression[] => [
  ...nft.load(field),
  { type: 'lookup', set, destination: 1 },
]

/** Writes one message and gives back a cursor over its only attribute's content. */
function written(write: (writer: MessageWriter) => void) {
  const writer = new MessageWriter(16)
  const start = writer.beginMessage(16, 0, 1)
  write(writer)
  writer.endMessage(start)
  const reader = new MessageReader(writer.bytes().slice())
  reader.reset(writer.length)
  reader.next()
  const attributes = reader.attributes(0)
  attributes.next()
  return attributes.nested()
}

function elementRoundTrip(set: NftSet, elements: readonly (NftElement | NftElement['key'])[]): NftElement[] {
  const raw: RawElement[] = []
  const list = written((writer) => {
    const nested = writer.beginNested(3)
    for (const element of elements) writeElement(writer, set, element, false)
    writer.endNested(nested)
  })
  readElements(list, raw)
  return elementsOf(set, raw)
}

const register = fc.integer({ min: 1, max: 23 })
const bytes = fc.uint8Array({ minLength: 1, maxLength: 16 })
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
const u32 = fc.nat(0xffffffff)

const expression: fc.Arbitrary<NftExpression> = fc.oneof(
  fc.record({
    type: fc.constant('payload' as const),
    base: fc.constantFrom('link' as const, 'network' as const, 'transport' as const),
    offset: fc.nat(255),
    length: fc.integer({ min: 1, max: 16 }),
    register,
  }),
  fc.record({
    type: fc.constant('meta' as const),
    key: fc.constantFrom('mark' as const, 'iifname' as const, 'l4proto' as const, 'oifgroup' as const),
    register,
  }),
  fc.record({
    type: fc.constant('set-meta' as const),
    key: fc.constantFrom('mark' as const, 'priority' as const),
    register,
  }),
  fc.record({
    type: fc.constant('ct' as const),
    key: fc.constantFrom('state' as const, 'mark' as const, 'zone' as const),
    register,
  }),
  fc.record({ type: fc.constant('set-ct' as const), key: fc.constant('mark' as const), register }),
  fc.record({
    type: fc.constant('cmp' as const),
    op: fc.constantFrom('eq' as const, 'neq' as const, 'lt' as const, 'gte' as const),
    value: bytes,
    register,
  }),
  fc.record({
    type: fc.constant('range' as const),
    op: fc.constantFrom('eq' as const, 'neq' as const),
    from: bytes,
    to: bytes,
    register,
  }),
  bytes.chain((mask) =>
    fc.record({
      type: fc.constant('bitwise' as const),
      mask: fc.constant(mask),
      xor: fc.uint8Array({ minLength: mask.length, maxLength: mask.length }),
      register,
    }),
  ),
  fc.record({
    type: fc.constant('byteorder' as const),
    op: fc.constantFrom('ntoh' as const, 'hton' as const),
    length: fc.constant(4),
    size: fc.constantFrom(2 as const, 4 as const),
    register,
  }),
  fc.record(
    {
      type: fc.constant('lookup' as const),
      set: name,
      register,
      inverted: fc.constant(true),
      destination: fc.oneof(register, fc.constant('verdict' as const)),
    },
    { requiredKeys: ['type', 'set', 'register'] },
  ),
  fc.record({ type: fc.constant('immediate' as const), value: bytes, register }),
  fc.record({
    type: fc.constant('verdict' as const),
    verdict: fc.oneof(
      fc.record({
        verdict: fc.constantFrom('accept' as const, 'drop' as const, 'return' as const, 'continue' as const),
      }),
      fc.record({ verdict: fc.constantFrom('jump' as const, 'goto' as const), chain: name }),
    ),
  }),
  fc.record({
    type: fc.constant('counter' as const),
    packets: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    bytes: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  }),
  fc.record(
    {
      type: fc.constant('fib' as const),
      result: fc.constantFrom('oif' as const, 'oifname' as const, 'type' as const),
      flags: fc.subarray(['saddr' as const, 'daddr' as const, 'mark' as const, 'iif' as const]),
      present: fc.constant(true),
      register,
    },
    { requiredKeys: ['type', 'result', 'flags', 'register'] },
  ),
  fc.constant<NftExpression>({ type: 'reject', with: 'tcp-reset' }),
  fc.record({
    type: fc.constant('reject' as const),
    with: fc.constant('icmpx' as const),
    code: fc.constantFrom('no-route' as const, 'admin-prohibited' as const),
  }),
  fc.record(
    {
      type: fc.constant('masquerade' as const),
      random: fc.constant(true),
      fullyRandom: fc.constant(true),
      persistent: fc.constant(true),
    },
    { requiredKeys: ['type'] },
  ),
  fc.record(
    {
      type: fc.constantFrom('snat' as const, 'dnat' as const),
      family: fc.constantFrom(4 as const, 6 as const),
      address: fc.record({ from: fc.constant(1) }),
      port: fc.record({ from: fc.constant(2), to: fc.constant(3) }),
      fullyRandom: fc.constant(true),
    },
    { requiredKeys: ['type', 'family'] },
  ),
  fc.record(
    {
      type: fc.constant('log' as const),
      group: fc.nat(65535),
      prefix: name,
      snapLength: u32,
      queueThreshold: fc.nat(65535),
    },
    { requiredKeys: ['type', 'group'] },
  ),
  fc.record(
    {
      type: fc.constant('limit' as const),
      rate: fc.nat(),
      per: fc.constantFrom('second' as const, 'minute' as const, 'week' as const),
      burst: u32,
      unit: fc.constantFrom('packets' as const, 'bytes' as const),
      over: fc.constant(true),
    },
    { requiredKeys: ['type', 'rate', 'per', 'burst', 'unit'] },
  ),
  fc.record(
    { type: fc.constant('connlimit' as const), count: u32, over: fc.constant(true) },
    { requiredKeys: ['type', 'count'] },
  ),
  fc.constant<NftExpression>({ type: 'notrack' }),
  fc.record(
    {
      type: fc.constant('dynset' as const),
      set: name,
      operation: fc.constantFrom('add' as const, 'update' as const, 'delete' as const),
      timeout: fc.nat(),
      register,
      expressions: fc.array(fc.record({ type: fc.constant('connlimit' as const), count: u32 }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    { requiredKeys: ['type', 'set', 'operation', 'register'] },
  ),
)

describe('nf_tables expressions', () => {
  test('every expression comes back as it was written', () => {
    fc.assert(
      fc.property(fc.array(expression, { maxLength: 8 }), (expressions) => {
        const found = readExpressions(written((writer) => writeExpressions(writer, 4, expressions)))
        expect(found).toEqual({ expressions, unknown: [] })
        expect(ruleFingerprint(found)).toBe(ruleFingerprint({ expressions }))
      }),
      { numRuns: 500 },
    )
  })

  test('a rule that looks up what it looked up is refused: nft 1.0.6 aborts when it lists one', () => {
    const marks = mapInto('ip saddr', 'marks')
    const chained: NftExpression[][] = [
      [...marks, { type: 'lookup', set: 's' }],
      [...marks, { type: 'lookup', set: 's', register: 8 }],
      [...marks, { type: 'counter' }, { type: 'lookup', set: 'v', destination: 'verdict' }],
    ]
    for (const expressions of chained) expect(() => refuseChainedLookups(expressions)).toThrow('of what a lookup found')
    refuseChainedLookups([...marks, ...nft.inSet('ip daddr', 's'), ...nft.verdictMap(['iifname', 'ip saddr'], 'v')])
  })

  test('kinds that are not known are named', () => {
    const list = written((writer) => {
      const nested = writer.beginNested(4)
      const element = writer.beginNested(1)
      writer.attrString(1, 'xfrm')
      writer.endNested(element)
      writer.endNested(nested)
    })
    expect(readExpressions(list)).toEqual({ expressions: [], unknown: ['xfrm'] })
  })

  test('fingerprints differ where the kernel would do otherwise, and only there', () => {
    const same = (a: NftExpression[], b: NftExpression[]) =>
      ruleFingerprint({ expressions: a }) === ruleFingerprint({ expressions: b })
    expect(same([{ type: 'counter' }], [{ type: 'counter', packets: 5n, bytes: 6n }])).toBe(true)
    expect(same([{ type: 'lookup', set: 's', register: 8 }], [{ type: 'lookup', set: 's', register: 1 }])).toBe(true)
    expect(same([{ type: 'lookup', set: 's', register: 9 }], [{ type: 'lookup', set: 's', register: 1 }])).toBe(false)
    expect(same([{ type: 'lookup', set: 's' }], [{ type: 'lookup', set: 's', inverted: false }])).toBe(true)
    expect(same([{ type: 'lookup', set: 's' }], [{ type: 'lookup', set: 's', inverted: true }])).toBe(false)
    expect(
      same(
        [{ type: 'limit', rate: 5, per: 'second' }],
        [{ type: 'limit', rate: 5, per: 'second', burst: 5, unit: 'packets' }],
      ),
    ).toBe(true)
    expect(same([{ type: 'limit', rate: 5, per: 'second' }], [{ type: 'limit', rate: 5, per: 'minute' }])).toBe(false)
    expect(same(nft.match('th dport', 80), nft.match('th dport', '80'))).toBe(true)
    expect(same(nft.match('th dport', 80), nft.match('th dport', 81))).toBe(false)
    expect(ruleFingerprint({ expressions: [], comment: 'a' })).not.toBe(ruleFingerprint({ expressions: [] }))
  })
})

const set = (key: NftSet['key'], more: Partial<NftSet> = {}): NftSet => ({ table, name: 's', key, ...more })

describe('nf_tables elements', () => {
  test('plain keys come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(ipText(4)), fc.array(ipText(6)), fc.array(fc.nat(65535)), (v4, v6, ports) => {
        expect(elementRoundTrip(set('ipv4_addr'), v4)).toEqual(v4.map((key) => ({ key })))
        expect(elementRoundTrip(set('ipv6_addr'), v6)).toEqual(v6.map((key) => ({ key })))
        expect(elementRoundTrip(set('inet_service'), ports)).toEqual(ports.map((key) => ({ key })))
      }),
    )
  })

  test('a prefix of any length comes back from its interval, also one that ends with the last address', () => {
    for (const [family, type] of [
      [4, 'ipv4_addr'],
      [6, 'ipv6_addr'],
    ] as const) {
      const interval = set(type, { interval: true })
      fc.assert(
        fc.property(prefixText(family), (prefix) => {
          expect(elementRoundTrip(interval, [prefix])).toEqual([canonicalElement(interval, prefix)])
        }),
      )
    }
    const v4 = set('ipv4_addr', { interval: true })
    expect(elementRoundTrip(v4, ['0.0.0.0/0'])).toEqual([{ key: '0.0.0.0/0' }])
    expect(elementRoundTrip(v4, ['255.255.255.255'])).toEqual([{ key: '255.255.255.255' }])
    expect(elementRoundTrip(set('inet_service', { interval: true }), ['1-65535'])).toEqual([{ key: '1-65535' }])
  })

  test('adjacent intervals stay apart', () => {
    const v4 = set('ipv4_addr', { interval: true })
    const keys = ['10.0.0.0/25', '10.0.0.128/26', '10.0.0.192-10.0.0.200', '10.0.1.0']
    expect(elementRoundTrip(v4, keys.toReversed())).toEqual(keys.map((key) => ({ key })))
  })

  test('concatenations, ranges in them, and data come back', () => {
    fc.assert(
      fc.property(
        fc.nat(255),
        prefixText(4),
        fc.tuple(fc.nat(65535), fc.nat(65535)),
        fc.nat(0xffffffff),
        (protocol, prefix, ports, mark) => {
          const [from, to] = ports.toSorted((a, b) => a - b)
          const ranges = set(['inet_proto', 'ipv4_addr', 'inet_service'], { interval: true, data: 'mark' })
          const element = { key: [protocol, prefix, `${from}-${to}`], data: mark }
          expect(elementRoundTrip(ranges, [element])).toEqual([canonicalElement(ranges, element)])
        },
      ),
    )
    const anti = set(['ifname', 'ipv6_addr'])
    expect(elementRoundTrip(anti, [{ key: ['cali0123456789a', 'fd00::1'] }])).toEqual([
      { key: ['cali0123456789a', 'fd00::1'] },
    ])
    const verdicts = set('ifname', { data: 'verdict' })
    const entries: NftElement[] = [
      { key: 'cali1', data: { verdict: 'goto', chain: 'c' } },
      { key: 'cali2', data: { verdict: 'drop' } },
    ]
    expect(elementRoundTrip(verdicts, entries)).toEqual(entries)
    const services = set('inet_service', { data: ['ipv4_addr', 'inet_service'] })
    expect(elementRoundTrip(services, [{ key: 80, data: ['10.0.0.1', 8080] }])).toEqual([
      { key: 80, data: ['10.0.0.1', 8080] },
    ])
  })

  test.each<[string, NftSet, NftElement | NftElement['key']]>([
    ['"10.0.0.0/8" is no ipv4_addr', set('ipv4_addr'), '10.0.0.0/8'],
    ['"fd00::1" is no ipv4_addr', set('ipv4_addr'), 'fd00::1'],
    ['"fd00::/8" is no ipv4_addr prefix', set('ipv4_addr', { interval: true }), 'fd00::/8'],
    ['range 90-80 is empty', set('inet_service', { interval: true }), '90-80'],
    ['65536 is no inet_service', set('inet_service'), 65536],
    ['interface name ""', set('ifname'), ''],
    ['interface name "0123456789abcdef"', set('ifname'), '0123456789abcdef'],
    ['3 bytes for ipv4_addr (want 4)', set('ipv4_addr'), Uint8Array.of(1, 2, 3)],
    ['has 1 parts (want 2)', set(['inet_proto', 'inet_service']), 80],
    ['protocol "tpc"', set(['inet_proto', 'inet_service']), ['tpc', 80]],
    ['element without a verdict', set('ifname', { data: 'verdict' }), 'cali1'],
    ['element without data', set('ifname', { data: 'mark' }), 'cali1'],
    ['data for an element of a set that is no map', set('ifname'), { key: 'cali1', data: 5 }],
  ])('refused: %s', (message, of, element) => {
    expect(() => writeElement(new MessageWriter(), of, element, false)).toThrow(message)
  })
})
