import { describe, expect, test } from '@jest/globals'
import { type Policy, policyKey } from '@manx/api'
import fc from 'fast-check'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import type { Delta } from '../../src/calc/delta.ts'
import { decide } from '../../src/index.ts'
import { endpoint, podOf } from '../endpoints.ts'
import { KernelModel } from './kernel-model.ts'

const inShop = 'projectcalico.org/namespace == "shop"'

type PolicyEvent = Extract<CalcEvent, { kind: 'policy' }>

/** About the TCP ports of the list. */
function policyOf(
  name: string,
  order: number,
  action: 'Allow' | 'Deny' | 'Pass',
  ports: readonly number[],
): PolicyEvent {
  const pod = /^own-(\d+)$/.exec(name)?.[1]
  const value: Policy = {
    kind: 'CalicoNetworkPolicy',
    namespace: 'shop',
    name,
    tier: 'default',
    order,
    selector: pod === undefined ? inShop : `app == "app-${pod}" && ${inShop}`,
    types: ['Ingress'],
    ingress: [{ action, protocol: 6, destination: { ports: ports.map((port) => ({ from: port, to: port })) } }],
    egress: [],
  }
  return { kind: 'policy', name: policyKey(value), value }
}

function podWith(index: number): Extract<CalcEvent, { kind: 'endpoint' }> {
  const value = { ...endpoint(String(index), `10.0.${index >> 8}.${index & 255}`), namespace: 'shop' }
  const pod = { ...podOf(value), labels: { app: `app-${index}` } }
  return { kind: 'endpoint', name: value.interfaceName, value, pod }
}

const make = (): Calculator => {
  const calculator = new Calculator({ node: 'node-1', environment: { FELIX_IPV6SUPPORT: 'false' } })
  calculator.update({ kind: 'namespace', name: 'shop', value: {} })
  return calculator
}

const flush = (calculator: Calculator, ...events: readonly CalcEvent[]): readonly Delta[] => {
  for (const event of events) calculator.update(event)
  return calculator.flush()
}

describe('many policies for all pods of a namespace, in which pods have policies under orders of their own,', () => {
  test('with one more are written anew where it stands only', () => {
    const calculator = make()
    for (let index = 0; index < 100; index++) {
      flush(calculator, podWith(index), policyOf(`own-${index}`, 2 * index, 'Allow', [index]))
    }
    flush(calculator, ...Array.from({ length: 60 }, (_, i) => policyOf(`all-${i}`, 3 * i + 1, 'Allow', [1000 + i])))
    const before = calculator.policies.statistics().chains
    const costs = [0, 49, 101, 201].map((order) => {
      const deltas = flush(calculator, policyOf('new', order, 'Allow', [2000]))
      flush(calculator, { kind: 'policy', name: 'CalicoNetworkPolicy/shop/new' })
      const rules = deltas.reduce((sum, { item }) => sum + (item?.kind === 'chain' ? item.chain.rules.length : 0), 0)
      return { rules, chains: deltas.length }
    })
    // Each of the 100 orders has a chain for what is below it and one for the rest: that all of these list all is what must not be.
    expect(Math.max(...costs.map(({ chains }) => chains))).toBeLessThan(60)
    expect(Math.max(...costs.map(({ rules }) => rules))).toBeLessThan(700)
    expect(calculator.policies.statistics().chains).toBe(before)
    // A pod of another order is no concern of the others.
    const added = flush(calculator, podWith(200), policyOf('own-200', 33, 'Allow', [1]))
    expect(added.filter(({ kind }) => kind === 'chain').length).toBeLessThanOrEqual(5)
  })

  const policy = fc
    .record({
      name: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 0, max: 44 }).map((index) => `all-${index}`) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((index) => `own-${index}`) },
      ),
      order: fc.oneof(fc.integer({ min: 0, max: 25 }), fc.constant(Number.POSITIVE_INFINITY)),
      action: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny', 'Pass'),
      ports: fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 }),
      gone: fc.constantFrom(false, false, true),
    })
    .map(({ name, order, action, ports, gone }): CalcEvent => {
      const event = policyOf(name, order, action, ports)
      return gone ? { kind: 'policy', name: event.name } : event
    })
  const pod = fc
    .record({ index: fc.integer({ min: 1, max: 3 }), gone: fc.boolean() })
    .map(({ index, gone }): CalcEvent => (gone ? { kind: 'endpoint', name: `cali${index}` } : podWith(index)))
  const tier = fc.constantFrom('Deny' as const, 'Pass' as const).map(
    (defaultAction): CalcEvent => ({
      kind: 'tier',
      name: 'default',
      value: { name: 'default', order: 1, defaultAction },
    }),
  )
  const event = fc.oneof(
    { weight: 8, arbitrary: policy },
    { weight: 2, arbitrary: pod },
    { weight: 1, arbitrary: tier },
  )

  test('are asked in their order, and come to the same whatever was there before', () => {
    const start: readonly CalcEvent[] = [
      ...[1, 2, 3].flatMap((index) => [podWith(index), policyOf(`own-${index}`, 8 * index, 'Allow', [index])]),
      ...Array.from({ length: 30 }, (_, index) => policyOf(`all-${index}`, index % 25, 'Allow', [index % 12])),
    ]
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 6 }), { minLength: 3, maxLength: 8 }), (batches) => {
        const calculator = make()
        const model = new KernelModel()
        const last = new Map<string, CalcEvent>()
        for (const batch of [start, ...batches]) {
          for (const each of batch) last.set(`${each.kind}/${'name' in each ? each.name : ''}`, each)
          model.apply(flush(calculator, ...batch))
          for (const name of ['cali1', 'cali2', 'cali3']) {
            const { known, ingress } = calculator.policies.policiesOf(name)
            if (!known) continue
            for (let port = 1; port <= 13; port++) {
              const packet = {
                family: 4,
                protocol: 6,
                source: '10.9.9.9',
                destination: '10.0.0.1',
                sourcePort: 4000,
                destinationPort: port,
              } as const
              const { verdict } = decide(ingress, 'Ingress', packet, calculator.policies)
              const asked = model.verdict(name, 'Ingress', packet) === 'accept' ? 'allow' : 'deny'
              expect([name, port, asked]).toEqual([name, port, verdict])
            }
          }
        }
        const fresh = make()
        const other = new KernelModel()
        other.apply(flush(fresh, ...last.values()))
        expect(model.items).toEqual(other.items)
        for (const name of ['cali1', 'cali2', 'cali3']) {
          const key = `endpoint/${name}`
          expect(new Set(calculator.keysOf(key))).toEqual(new Set(fresh.keysOf(key)))
        }
      }),
      { numRuns: 25 },
    )
  })
})
