import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type EntityRule,
  type PolicyRuleSpec,
  parseAddress,
  parsePrefix,
  parseSelector,
  prefixContains,
} from '../../src/index.ts'
import { coversRule, takesAll } from '../../src/validation/set/unreachable.ts'

// What coversRule says is told to users as certain: packets are tried on both rules.

interface Endpoint {
  readonly namespace: string
  readonly serviceAccount: string
  readonly labels: Readonly<Record<string, string>>
  readonly ports: Readonly<Record<string, number>>
}

interface Side {
  readonly address: string
  readonly port: number
  readonly endpoint?: Endpoint
}

interface Packet {
  readonly protocol: number
  readonly icmp: { readonly type: number; readonly code: number }
  readonly source: Side
  readonly destination: Side
}

const policyNamespace = 'shop'
const numbers: Readonly<Record<string, number>> = { TCP: 6, UDP: 17, ICMP: 1, ICMPv6: 58, SCTP: 132, UDPLite: 136 }
const protocolOf = (protocol: string | number) => numbers[protocol] ?? Number(protocol)
const hasPorts = (protocol: number) => [6, 17, 132].includes(protocol)

function matchesRule(rule: PolicyRuleSpec, packet: Packet, namespaced: boolean): boolean {
  const version = packet.source.address.includes(':') ? 6 : 4
  if (rule.ipVersion !== undefined && rule.ipVersion !== version) return false
  if (rule.protocol !== undefined && protocolOf(rule.protocol) !== packet.protocol) return false
  if (rule.notProtocol !== undefined && protocolOf(rule.notProtocol) === packet.protocol) return false
  const { icmp, notICMP } = rule
  const isIcmp = (match: NonNullable<typeof icmp>) =>
    packet.protocol === 1 &&
    (match.type === undefined || match.type === packet.icmp.type) &&
    (match.code === undefined || match.code === packet.icmp.code)
  if (icmp !== undefined && !isIcmp(icmp)) return false
  if (notICMP !== undefined && isIcmp(notICMP)) return false
  return (
    matchesSide(rule.source, packet.source, packet.protocol, namespaced) &&
    matchesSide(rule.destination, packet.destination, packet.protocol, namespaced)
  )
}

function matchesSide(entity: EntityRule | undefined, side: Side, protocol: number, namespaced: boolean): boolean {
  if (entity === undefined) return true
  const {
    nets = [],
    notNets = [],
    selector,
    notSelector,
    namespaceSelector,
    serviceAccounts,
    ports = [],
    notPorts = [],
  } = entity
  const address = parseAddress(side.address)
  const isIn = (net: string) => {
    const prefix = parsePrefix(net.includes('/') ? net : `${net}/${net.includes(':') ? 128 : 32}`)
    return address !== undefined && prefix !== undefined && prefixContains(prefix, address)
  }
  if (nets.length > 0 && !nets.some(isIn)) return false
  if (notNets.some(isIn)) return false
  const { endpoint } = side
  const asks = (text: string | undefined) => text !== undefined && text !== ''
  const limited =
    namespaced && !asks(namespaceSelector) && (asks(selector) || asks(notSelector) || serviceAccounts !== undefined)
  if (limited && endpoint?.namespace !== policyNamespace) return false
  const labels = endpoint === undefined ? undefined : endpoint.labels
  const holds = (text: string | undefined) => labels !== undefined && parseSelector(text ?? '').matches(labels)
  if (asks(selector) && !holds(selector)) return false
  if (asks(notSelector) && holds(notSelector)) return false
  if (
    asks(namespaceSelector) &&
    !(endpoint !== undefined && parseSelector(namespaceSelector ?? '').matches({ name: endpoint.namespace }))
  )
    return false
  const names = serviceAccounts?.names ?? []
  if (
    serviceAccounts !== undefined &&
    (endpoint === undefined || (names.length > 0 && !names.includes(endpoint.serviceAccount)))
  )
    return false
  const isPort = (port: string | number) => {
    if (!hasPorts(protocol)) return false
    const named = typeof port === 'string' ? endpoint?.ports[port] : undefined
    if (named !== undefined) return named === side.port
    const [first, last] = String(port).split(':').map(Number)
    return first !== undefined && side.port >= first && side.port <= (last ?? first)
  }
  if (ports.length > 0 && !ports.some(isPort)) return false
  return !notPorts.some(isPort)
}

const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined, freq: 2 })
const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 })
const net = fc.constantFrom('10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9', '10.1.0.0/16', '10.1.0.1', '0.0.0.0/1')
const port = fc.constantFrom<string | number>(80, 81, '80:81', '80:90', '1:65535', 'http')
const selector = fc.constantFrom(
  'a == "x"',
  'a == "x" && b == "y"',
  'b == "y" && a == "x"',
  'has(a)',
  'a != "x"',
  'all()',
  '',
)
const entity = fc.record(
  {
    nets: some(net),
    notNets: some(net),
    selector,
    notSelector: selector,
    namespaceSelector: fc.constantFrom('name == "shop"', 'all()', ''),
    serviceAccounts: fc.record({ names: some(fc.constantFrom('one', 'two')) }),
    ports: some(port),
    notPorts: some(port),
  },
  { requiredKeys: [] },
)
const without = (one: object) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined))
const fewOf = (one: object, most: number) => {
  const entries = Object.entries(one)
  return fc.subarray(entries, { maxLength: Math.min(most, entries.length) })
}
/** Few conditions, or no rule would cover another. */
const sparse = entity.chain((one) => fewOf(one, 2).map(Object.fromEntries))
const rule: fc.Arbitrary<PolicyRuleSpec> = fc
  .record({
    action: fc.constant('Allow'),
    ipVersion: maybe(fc.constantFrom(4, 6)),
    protocol: maybe(fc.constantFrom('TCP', 6, '6', 'UDP', 'ICMP')),
    notProtocol: maybe(fc.constantFrom('TCP', 17)),
    icmp: maybe(fc.constantFrom({ type: 3 }, { type: 3, code: 1 }, {})),
    notICMP: maybe(fc.constantFrom({ type: 3 }, { type: 3, code: 1 })),
    source: maybe(sparse),
    destination: maybe(sparse),
  })
  .chain(({ action, ...rest }) =>
    fewOf(without(rest), 3).map((kept) => ({ action, ...Object.fromEntries(kept) })),
  ) as fc.Arbitrary<PolicyRuleSpec>
/** The same rule with something more to ask, or another one. */
const pair = fc
  .tuple(rule, rule, fc.boolean())
  .map(([one, other, narrowed]) => [one, narrowed ? { ...other, ...one, ...mergedSides(one, other) } : other] as const)

function mergedSides(one: PolicyRuleSpec, other: PolicyRuleSpec): object {
  return without({
    source: one.source === undefined ? other.source : { ...other.source, ...one.source },
    destination: one.destination === undefined ? other.destination : { ...other.destination, ...one.destination },
  })
}

const endpoint = fc.record({
  namespace: fc.constantFrom(policyNamespace, 'other'),
  serviceAccount: fc.constantFrom('one', 'two'),
  labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), { maxKeys: 2, noNullPrototype: true }),
  ports: fc.constantFrom({}, { http: 80 }, { http: 90 }),
})
const side = fc
  .record({
    address: fc.constantFrom('10.1.0.1', '10.1.0.2', '10.200.0.1', '192.0.2.1'),
    port: fc.constantFrom(80, 81, 90, 91),
    endpoint: maybe(endpoint),
  })
  .map((one) => without(one) as unknown as Side)
const packet: fc.Arbitrary<Packet> = fc.record({
  protocol: fc.constantFrom(6, 17, 1, 132),
  icmp: fc.record({ type: fc.constantFrom(3, 8), code: fc.constantFrom(0, 1) }),
  source: side,
  destination: side,
})

test('a rule that is said to take all of another takes every packet of it', () => {
  let covered = 0
  fc.assert(
    fc.property(
      pair,
      fc.array(packet, { minLength: 20, maxLength: 20 }),
      fc.boolean(),
      ([outer, inner], packets, namespaced) => {
        if (!coversRule(outer, inner)) return
        covered++
        for (const one of packets) {
          if (matchesRule(inner, one, namespaced) && !matchesRule(outer, one, namespaced)) expect(one).toBe('taken')
        }
      },
    ),
    { numRuns: 1500 },
  )
  // Else nothing was tried.
  expect(covered).toBeGreaterThan(50)
})

test('a rule that is said to take everything takes every packet', () => {
  let all = 0
  fc.assert(
    fc.property(rule, fc.array(packet, { minLength: 10, maxLength: 10 }), fc.boolean(), (one, packets, namespaced) => {
      if (!takesAll(one)) return
      all++
      for (const each of packets) if (!matchesRule(one, each, namespaced)) expect(each).toBe('taken')
    }),
    { numRuns: 1000 },
  )
  expect(all).toBeGreaterThan(5)
})
