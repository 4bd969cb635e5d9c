import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import type { Delta } from '../../src/calc/delta.ts'
import type { Item } from '../../src/calc/items.ts'
import { endpoint, podOf } from '../endpoints.ts'

/** The sum of deltas: what the kernel would hold. */
function applyTo(state: Map<string, Item>, deltas: readonly Delta[]): void {
  for (const { key, item } of deltas) {
    if (item === undefined) state.delete(key)
    else state.set(key, item)
  }
}

/** Knows the namespace `default`. */
const make = (environment = {}): Calculator => {
  const calculator = new Calculator({ node: 'node-1', environment })
  calculator.update({ kind: 'namespace', name: 'default', value: {} })
  return calculator
}

function stateAfter(events: readonly CalcEvent[]): ReadonlyMap<string, Item> {
  const calculator = make()
  const state = new Map<string, Item>()
  for (const event of events) calculator.update(event)
  applyTo(state, calculator.flush())
  return state
}

const keys = (state: ReadonlyMap<string, Item>, prefix: string): string[] =>
  [...state.keys()].filter((key) => key.startsWith(prefix)).sort((a, b) => (a < b ? -1 : 1))

const add = (value: ReturnType<typeof endpoint>): CalcEvent => ({
  kind: 'endpoint',
  name: value.interfaceName,
  value,
  pod: podOf(value),
})

describe('calculator', () => {
  test('an endpoint gets its sources, both dispatches, interface settings and routes', () => {
    const calculator = make()
    calculator.flush()
    calculator.update(add(endpoint('1', '10.0.0.1', 'fd00::1')))
    expect(calculator.flush().map(({ key }) => key)).toEqual([
      'element|pod-sources-4|cali1|10.0.0.1',
      'element|pod-sources-6|cali1|fd00::1',
      'element|egress-dispatch|cali1',
      'element|ingress-dispatch|cali1',
      'interface|cali1',
      'route|10.0.0.1/32|1024',
      'route|fd00::1/128|1024',
    ])
  })

  test('removals come in the reverse order of additions', () => {
    const calculator = make()
    calculator.update(add(endpoint('1', '10.0.0.1')))
    calculator.flush()
    calculator.update({ kind: 'endpoint', name: 'cali1' })
    expect(calculator.flush().map(({ kind, item }) => [kind, item])).toEqual([
      ['route', undefined],
      ['interface', undefined],
      ['dispatch', undefined],
      ['dispatch', undefined],
      ['member', undefined],
    ])
  })

  test('what comes and goes between two flushes leaves no delta', () => {
    const calculator = make()
    calculator.flush()
    calculator.update(add(endpoint('1', '10.0.0.1')))
    calculator.update({ kind: 'endpoint', name: 'cali1' })
    expect(calculator.flush()).toEqual([])
  })

  test.each([
    ['10.0.0.1', ['accept_ra'], undefined],
    ['fd00::1', ['accept_ra', 'disable_ipv6', 'proxy_ndp', 'forwarding'], 'fe80::ecee:eeff:feee:eeee/64'],
  ])('an interface is set up for IPv6 only where the pod has an address of it: %s', (address, sysctls, linkLocal) => {
    const state = stateAfter([add(endpoint('1', address))])
    const item = state.get('interface|cali1')
    const settings = item?.kind === 'interface' ? item.settings : undefined
    const names = settings?.sysctls.map(({ name }) => name).filter((name) => name.startsWith('ipv6/'))
    expect(names).toEqual(sysctls.map((name) => `ipv6/conf/cali1/${name}`))
    expect(settings?.linkLocal).toBe(linkLocal)
  })

  test('without IPv6 support nothing of IPv6 is wanted', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    calculator.update(add(endpoint('1', '10.0.0.1', 'fd00::1')))
    const state = new Map<string, Item>()
    applyTo(state, calculator.flush())
    expect(JSON.stringify([...state.values()])).not.toMatch(/ipv6|ip6|fd00|fe80/)
  })

  test('pools fill the sets of all pools and of those with natOutgoing, disabled ones too', () => {
    const state = stateAfter([
      { kind: 'pool', name: 'a', value: { metadata: { name: 'a' }, spec: { cidr: '10.0.0.0/16', natOutgoing: true } } },
      { kind: 'pool', name: 'b', value: { metadata: { name: 'b' }, spec: { cidr: '10.1.0.0/16', disabled: true } } },
      { kind: 'pool', name: 'c', value: { metadata: { name: 'c' }, spec: { cidr: 'fd00::/48', natOutgoing: true } } },
    ])
    expect(keys(state, 'element|nat-pools')).toEqual([
      'element|nat-pools-4|10.0.0.0-10.0.255.255',
      'element|nat-pools-6|fd00::-fd00::ffff:ffff:ffff:ffff:ffff',
    ])
    expect(keys(state, 'element|all-pools-4')).toEqual(['element|all-pools-4|10.0.0.0-10.1.255.255'])
  })

  test('a bad pool is named and passed over, the others count', () => {
    const calculator = make()
    calculator.update({ kind: 'pool', name: 'a', value: { metadata: { name: 'a' }, spec: { cidr: '10.0.0.0/33' } } })
    calculator.update({ kind: 'pool', name: 'b', value: { metadata: { name: 'b' }, spec: { cidr: '10.1.0.0/16' } } })
    expect(calculator.flush().filter(({ key }) => key.startsWith('element|all-pools'))).toHaveLength(1)
    expect(calculator.issues()).toEqual([
      { object: 'IPPool/a', field: 'spec.cidr', value: '10.0.0.0/33', message: 'must be an IPv4 or IPv6 prefix' },
    ])
  })

  test('an address of two endpoints stays with one of them, and the other is named', () => {
    const events = [add(endpoint('2', '10.0.0.1')), add(endpoint('1', '10.0.0.1'))]
    for (const order of [events, events.toReversed()]) {
      const calculator = make()
      for (const event of order) calculator.update(event)
      const routes = calculator.flush().filter(({ kind }) => kind === 'route')
      expect(routes).toMatchObject([{ item: { route: { interface: 'cali1' } } }])
      expect(calculator.conflictOf('endpoint/cali2')).toMatchObject({ winner: 'endpoint/cali1' })
      calculator.update({ kind: 'endpoint', name: 'cali1' })
      expect(calculator.flush()).toContainEqual(
        expect.objectContaining({
          item: expect.objectContaining({ route: expect.objectContaining({ interface: 'cali2' }) }),
        }),
      )
      expect(calculator.issues()).toEqual([])
    }
  })

  const refused: readonly (readonly [ReturnType<typeof endpoint>, string])[] = [
    [endpoint('1', '10.0.0.1/32'), 'addresses'],
    [endpoint('0123456789abcdef'), 'interfaceName'],
    [{ ...endpoint('1', '10.0.0.1'), interfaceName: 'eth0' }, 'interfaceName'],
    [{ ...endpoint('1', '10.0.0.1'), interfaceName: 'cali|1' }, 'interfaceName'],
  ]
  test.each(refused)('an endpoint that cannot be programmed is refused: %#', (value, field) => {
    const calculator = make()
    calculator.flush()
    expect(calculator.check(value)).toMatchObject([{ field }])
    calculator.update(add(value))
    expect(calculator.flush()).toEqual([])
  })

  test('a new configuration changes only what it is about', () => {
    const calculator = make()
    calculator.update(add(endpoint('1', '10.0.0.1')))
    calculator.flush()
    const spec = { defaultEndpointToHostAction: 'Accept' }
    calculator.update({ kind: 'configuration', name: 'default', value: { metadata: { name: 'default' }, spec } })
    expect(calculator.flush().map(({ key }) => key)).toEqual(['chain|pod-to-host'])
  })
})

describe('calculator, any order', () => {
  const id = fc.constantFrom('1', '2', '3', '4')
  const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3', 'fd00::1', 'fd00::2', 'bad')
  const event: fc.Arbitrary<CalcEvent> = fc.oneof(
    fc.tuple(id, fc.uniqueArray(address, { maxLength: 3 })).map(([name, list]) => add(endpoint(name, ...list))),
    id.map((name): CalcEvent => ({ kind: 'endpoint', name: `cali${name}` })),
    fc
      .tuple(id, fc.constantFrom('10.0.0.0/16', '10.0.0.0/8', 'fd00::/64', 'bad'), fc.option(fc.boolean()))
      .map(
        ([name, cidr, natOutgoing]): CalcEvent =>
          natOutgoing === null
            ? { kind: 'pool', name }
            : { kind: 'pool', name, value: { metadata: { name }, spec: { cidr, natOutgoing } } },
      ),
    fc.constantFrom('default', 'node.node-1').chain((name) =>
      fc
        .record({
          ipv6Support: fc.boolean(),
          defaultEndpointToHostAction: fc.constantFrom('Accept', 'Drop', 'bad'),
          natOutgoingExclusions: fc.constantFrom('IPPoolsOnly', 'IPPoolsAndHostIPs'),
          deviceRouteProtocol: fc.constantFrom(3, 80, 999),
        })
        .map((spec): CalcEvent => ({ kind: 'configuration', name, value: { metadata: { name }, spec } })),
    ),
    fc
      .uniqueArray(fc.constantFrom('192.0.2.1', '192.0.2.2', 'fd01::1'))
      .map((addresses): CalcEvent => ({ kind: 'host', value: { addresses, rpFilter: addresses.length % 2 } })),
  )

  /** The last word on each object, which is all that may matter. */
  const lastWords = (events: readonly CalcEvent[]): readonly CalcEvent[] => [
    ...new Map(events.map((each) => [`${each.kind}/${'name' in each ? each.name : ''}`, each])).values(),
  ]

  test('the end state depends on the objects alone, not on history, batches or order', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), fc.array(fc.boolean()), fc.gen(), (events, flushes, gen) => {
        const expected = stateAfter(lastWords(events))
        const calculator = make()
        const state = new Map<string, Item>()
        events.forEach((each, index) => {
          calculator.update(each)
          if (flushes[index] === true) applyTo(state, calculator.flush())
        })
        applyTo(state, calculator.flush())
        expect(state).toEqual(expected)
        const last = lastWords(events)
        const shuffled = gen(fc.shuffledSubarray, [...last], { minLength: last.length })
        expect(stateAfter(shuffled)).toEqual(expected)
        expect(calculator.flush()).toEqual([])
      }),
    )
  })

  /** Names of sets and chains that an item needs to be there. */
  const needs = (item: Item): string[] => {
    if (item.kind === 'member') return [`set|${item.set}`]
    if (item.kind === 'dispatch') {
      return [`set|${item.map}`, ...('chain' in item.verdict ? [`chain|${item.verdict.chain}`] : [])]
    }
    if (item.kind !== 'chain') return []
    return item.chain.rules.flatMap(({ matches, action }) => [
      ...matches.filter((match) => match.kind === 'set').map((match) => `set|${match.set}`),
      ...('chain' in action ? [`chain|${action.chain}`] : []),
      ...('map' in action ? [`set|${action.map}`] : []),
    ])
  }

  test('nothing ever refers to a set or chain that is not there', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), (events) => {
        const calculator = make()
        const state = new Map<string, Item>()
        for (const each of events) {
          calculator.update(each)
          applyTo(state, calculator.flush())
          for (const item of state.values()) for (const key of needs(item)) expect(state.has(key)).toBe(true)
        }
      }),
    )
  })
})
