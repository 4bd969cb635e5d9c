import { isDeepStrictEqual } from 'node:util'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Policy, policyKey } from '@manx/api'
import fc from 'fast-check'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import type { Delta } from '../../src/calc/delta.ts'
import { endpoint, podOf } from '../endpoints.ts'
import { KernelModel } from './kernel-model.ts'

const inNamespace = (name: string) => `projectcalico.org/namespace == "${name}"`
const packet = { family: 4, protocol: 6, source: '10.0.9.9', destination: '10.0.0.1', sourcePort: 4000 } as const
const count = 30

function policyOf(name: string, parts: Partial<Policy> = {}): Extract<CalcEvent, { kind: 'policy' }> {
  const value: Policy = {
    kind: 'KubernetesNetworkPolicy',
    namespace: 'shop',
    name,
    tier: 'default',
    order: 1000,
    selector: inNamespace('shop'),
    types: ['Ingress'],
    ingress: [],
    egress: [],
    ...parts,
  }
  return { kind: 'policy', name: policyKey(value), value }
}

function podWith(index: number, namespace = 'shop'): Extract<CalcEvent, { kind: 'endpoint' }> {
  const value = { ...endpoint(String(index), `10.0.${index >> 8}.${index & 255}`), namespace }
  return {
    kind: 'endpoint',
    name: value.interfaceName,
    value,
    pod: { ...podOf(value), labels: { app: `app-${index}` } },
  }
}

const gone = ({ name }: { readonly name: string }): CalcEvent => ({ kind: 'policy', name })

/** What changed, without the hashes, and how often. */
function summary(deltas: readonly Delta[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { key, item, kind } of deltas) {
    const what = kind === 'dispatch' ? 'dispatch' : key.replace(/^chain\|(.*)-[\w-]{20}(-.*)?$/, '$1$2')
    const text = `${item === undefined ? 'no ' : ''}${what}`
    counts[text] = (counts[text] ?? 0) + 1
  }
  return counts
}

describe('a policy for all pods of a namespace, in which each pod has policies of its own,', () => {
  let calculator: Calculator
  let model: KernelModel
  const flush = (...events: readonly CalcEvent[]) => {
    for (const event of events) calculator.update(event)
    const deltas = calculator.flush()
    model.apply(deltas)
    return summary(deltas)
  }
  const verdict = (destinationPort: number, name = 'cali1') =>
    model.verdict(name, 'Ingress', { ...packet, destinationPort })
  const tcp = (port: number) =>
    ({ protocol: 6, destination: { ports: [{ from: port, to: port }] } }) satisfies Partial<Policy['ingress'][number]>

  beforeEach(() => {
    calculator = new Calculator({ node: 'node-1', environment: { FELIX_IPV6SUPPORT: 'false' } })
    model = new KernelModel()
    flush({ kind: 'namespace', name: 'shop', value: {} })
    for (let index = 0; index < count; index++) {
      const selector = `app == "app-${index}" && ${inNamespace('shop')}`
      const ingress = [{ action: 'Allow', ...tcp(1000 + index) }] as const
      flush(podWith(index), policyOf(`own-${index}`, { selector, ingress }))
    }
  })

  test('is its own chain, and one jump for all of them', () => {
    const all = policyOf('all', { ingress: [{ action: 'Allow', ...tcp(80) }] })
    expect([verdict(80), verdict(1001)]).toEqual(['drop', 'accept'])
    expect(flush(all)).toEqual({ 'pi-shop/all': 1, 'ni-shop': 1 })
    expect([verdict(80), verdict(1001), verdict(1002)]).toEqual(['accept', 'accept', 'drop'])
    expect(flush(gone(all))).toEqual({ 'no pi-shop/all': 1, 'ni-shop': 1 })
    expect(verdict(80)).toBe('drop')
  })

  test('is one jump wherever it stands, though order matters for it', () => {
    const first = policyOf('first', { order: 10, ingress: [{ action: 'Deny', ...tcp(1001) }] })
    expect(flush(first)).toEqual({ 'pi-shop/first': 1, 'ni-shop': 1 })
    expect([verdict(1001), verdict(1002, 'cali2')]).toEqual(['drop', 'accept'])
    const last = policyOf('last', {
      order: Number.POSITIVE_INFINITY,
      ingress: [{ action: 'Deny', ...tcp(1002) }, { action: 'Allow' }],
    })
    expect(flush(last)).toEqual({ 'pi-shop/last': 1, 'ni-shop': 1 })
    expect([verdict(1001), verdict(80), verdict(1002), verdict(1002, 'cali2')]).toEqual([
      'drop',
      'accept',
      'drop',
      'accept',
    ])
  })

  test('that denies among their own is in each list, at its place', () => {
    const changes = flush(
      policyOf('own-1x', {
        ingress: [
          { action: 'Deny', ...tcp(1001) },
          { action: 'Deny', ...tcp(1002) },
        ],
      }),
    )
    expect(changes.li).toBe(count)
    // `own-1` comes before it, `own-2` after it.
    expect([verdict(1001), verdict(1002, 'cali2')]).toEqual(['accept', 'drop'])
    flush(policyOf('a', { ingress: [{ action: 'Deny', ...tcp(1001) }] }))
    expect([verdict(1001), verdict(1002, 'cali2')]).toEqual(['drop', 'drop'])
  })

  test("that becomes each pod's own at the same place stays where it was, and goes when it goes", () => {
    const ingress = [{ action: 'Deny', ...tcp(1001) }] as const
    const parts = { selector: 'has(app)', ingress }
    flush(policyOf('b'), policyOf('a', { ingress }), policyOf('z', { ingress: [{ action: 'Allow' }] }))
    flush(policyOf('c', { ...parts, ingress: [{ action: 'Deny', ...tcp(1003) }] }))
    const names = () =>
      calculator.policies.policiesOf('cali1').ingress.map(({ policies }) => policies.map((p) => p.name))
    expect(names()).toEqual([['a', 'b', 'c', 'own-1', 'z']])
    flush(policyOf('a', parts))
    expect(names()).toEqual([['a', 'b', 'c', 'own-1', 'z']])
    flush(policyOf('b', { ingress: [{ action: 'Allow', ...tcp(80) }] }), policyOf('d', { ingress }))
    expect(names()).toEqual([['a', 'b', 'c', 'd', 'own-1', 'z']])
    expect([verdict(1001), verdict(1004)]).toEqual(['drop', 'accept'])
    flush(gone(policyOf('a')), gone(policyOf('d')))
    expect([verdict(1001), verdict(1003)]).toEqual(['accept', 'drop'])
  })

  test('that is the first of a direction closes it for each of them', () => {
    expect(model.verdict('cali1', 'Egress', { ...packet, destinationPort: 80 })).toBe('accept')
    const closed = policyOf('closed', { types: ['Egress'] })
    expect(flush(closed)).toEqual({ 'po-shop/closed': 1, 'no-shop': 1, dispatch: count })
    expect(model.verdict('cali1', 'Egress', { ...packet, destinationPort: 80 })).toBe('drop')
    const open = policyOf('open', { types: ['Egress'], egress: [{ action: 'Allow' }] })
    expect(flush(open)).toEqual({ 'po-shop/open': 1, 'no-shop': 1 })
    expect(model.verdict('cali1', 'Egress', { ...packet, destinationPort: 80 })).toBe('accept')
    flush(gone(open))
    expect(flush(gone(closed))).toEqual({ 'no po-shop/closed': 1, 'no no-shop': 1, dispatch: count })
  })

  test('may be of a tier of its own, and of all namespaces', () => {
    const tier: CalcEvent = { kind: 'tier', name: 'admin', value: { name: 'admin', order: 1, defaultAction: 'Pass' } }
    flush(tier)
    const wide = policyOf('wide', {
      tier: 'admin',
      selector: 'all()',
      ingress: [
        { action: 'Pass', ...tcp(1001) },
        { action: 'Deny', protocol: 6 },
      ],
    })
    expect(flush(wide)).toEqual({ 'pi-shop/wide': 1, 'ni-shop': 1, ti: 1 })
    expect([verdict(1001), verdict(1002, 'cali2')]).toEqual(['accept', 'drop'])
    expect(flush(gone(wide))).toEqual({ 'no pi-shop/wide': 1, 'ni-shop': 1, 'no ti': 1 })
  })

  test('may come to apply by a label of the namespace', () => {
    flush(policyOf('team', { selector: 'pcns.team == "a"', ingress: [{ action: 'Allow', ...tcp(80) }] }))
    expect(verdict(80)).toBe('drop')
    const labelled = flush({ kind: 'namespace', name: 'shop', value: { team: 'a' } })
    expect(labelled).toEqual({ 'pi-shop/team': 1, 'ni-shop': 1 })
    expect(verdict(80)).toBe('accept')
  })

  test('costs a pod that comes or goes the same, however many others there are', () => {
    let reads = 0
    const common = policyOf('common', { ingress: [{ action: 'Deny', ...tcp(80) }] })
    const value = Object.defineProperty({ ...common.value }, 'order', {
      get: () => reads++ * 0 + 500,
      enumerable: true,
    })
    const readsOf = (...events: readonly CalcEvent[]): number => {
      reads = 0
      flush(...events)
      return reads
    }
    const ownWith = (index: number) => {
      const ingress = [{ action: 'Deny', ...tcp(1000 + index) }] as const
      const selector = `app == "app-${index}" && ${inNamespace('shop')}`
      return policyOf(`own-${index}`, { selector, ingress, order: index })
    }
    const comesAndGoes = (index: number) => {
      const one = podWith(index)
      return [readsOf(ownWith(index)), readsOf(one), readsOf({ kind: 'endpoint', name: one.name })]
    }
    flush({ ...common, value } as CalcEvent)
    const withFew = comesAndGoes(900)
    flush(...Array.from({ length: 90 }, (_, index) => [podWith(100 + index), ownWith(100 + index)]).flat())
    const before = calculator.policies.policiesOf('cali1').ingress
    expect(comesAndGoes(901)).toEqual(withFew)
    flush(podWith(902))
    expect(before.map(({ policies }) => policies.map(({ name }) => name))).toEqual([['common', 'own-1']])
    expect(calculator.policies.policiesOf('cali1').ingress).toEqual(before)
    // It is read at all: all lists are found anew when one more is common.
    expect(readsOf(policyOf('another', { order: 400 }))).toBeGreaterThan(90)
    expect([verdict(80), verdict(80, 'cali902'), verdict(1001)]).toEqual(['drop', 'drop', 'accept'])
  })

  test('no longer applies to an interface that a pod of another namespace has now', () => {
    flush(
      { kind: 'namespace', name: 'other', value: {} },
      policyOf('all', { ingress: [{ action: 'Allow', ...tcp(80) }] }),
    )
    flush(podWith(900))
    expect([verdict(80, 'cali900'), verdict(81, 'cali900')]).toEqual(['accept', 'drop'])
    flush(podWith(900, 'other'))
    expect([verdict(80, 'cali900'), verdict(81, 'cali900')]).toEqual(['accept', 'accept'])
    flush(podWith(900))
    expect([verdict(80, 'cali900'), verdict(81, 'cali900')]).toEqual(['accept', 'drop'])
  })

  test('is asked by whoever judges live flows, in its order', () => {
    flush(policyOf('all'), policyOf('z', { order: 1 }))
    const [tier, ...others] = calculator.policies.policiesOf('cali1').ingress
    expect(tier?.policies.map(({ name }) => name)).toEqual(['z', 'all', 'own-1'])
    expect(others).toEqual([])
    expect(calculator.keysOf('endpoint/cali1').filter((key) => /^chain\|pi-.*\/(z|all|own-1)$/.test(key))).toHaveLength(
      3,
    )
  })
})

describe("policies that few objects make common to a namespace or a pod's own", () => {
  const action = fc.constantFrom('Allow', 'Deny', 'Pass')
  const policy = fc
    .record({
      name: fc.constantFrom('a', 'b', 'c', 'd'),
      tier: fc.constantFrom('default', 'default', 'admin'),
      order: fc.constantFrom(1, 1, 1, 2),
      selector: fc.constantFrom('all()', 'has(app)', 'all()', 'has(app)', 'app == "app-1"', inNamespace('other')),
      types: fc.constantFrom<Policy['types']>(['Ingress'], ['Ingress', 'Egress']),
      ingress: fc.array(fc.record({ action, protocol: fc.constantFrom(6, 17) }), { maxLength: 2 }),
    })
    .chain((parts) => {
      const set = policyOf(parts.name, parts)
      return fc.constantFrom<CalcEvent>(set, set, set, set, gone(set))
    })
  const pod = fc
    .record({ index: fc.constantFrom(1, 2, 3), namespace: fc.constantFrom('shop', 'other'), gone: fc.boolean() })
    .map(({ gone, ...parts }): CalcEvent => {
      const event = podWith(parts.index, parts.namespace)
      return gone ? { kind: 'endpoint', name: event.name } : event
    })
  const tier = fc
    .constantFrom('Deny', 'Pass', undefined)
    .map(
      (defaultAction): CalcEvent =>
        defaultAction === undefined
          ? { kind: 'tier', name: 'admin' }
          : { kind: 'tier', name: 'admin', value: { name: 'admin', order: 1, defaultAction } },
    )
  const event = fc.oneof(
    { weight: 6, arbitrary: policy },
    { weight: 2, arbitrary: pod },
    { weight: 1, arbitrary: tier },
  )

  test('come to the same whatever was there before', () => {
    const start: readonly CalcEvent[] = [
      { kind: 'namespace', name: 'shop', value: {} },
      { kind: 'namespace', name: 'other', value: {} },
      { kind: 'tier', name: 'admin', value: { name: 'admin', order: 1, defaultAction: 'Deny' } },
      podWith(1),
      podWith(2),
    ]
    const make = () => new Calculator({ node: 'node-1' })
    const state = (calculator: Calculator, model: KernelModel) => ({
      items: model.items,
      lists: ['cali1', 'cali2', 'cali3'].map((name) => [
        calculator.policies.policiesOf(name),
        new Set(calculator.keysOf(`endpoint/${name}`)),
      ]),
    })
    fc.assert(
      fc.property(fc.array(fc.array(event, { maxLength: 2 }), { minLength: 8, maxLength: 20 }), (batches) => {
        const calculator = make()
        const model = new KernelModel()
        const last = new Map<string, CalcEvent>()
        for (const batch of [start, ...batches]) {
          for (const each of batch) {
            calculator.update(each)
            last.set('name' in each ? `${each.kind}/${each.name}` : each.kind, each)
          }
          model.apply(calculator.flush())
          const fresh = make()
          for (const each of last.values()) fresh.update(each)
          const other = new KernelModel()
          other.apply(fresh.flush())
          const states = [state(calculator, model), state(fresh, other)]
          // The matcher alone would take most of the time.
          if (!isDeepStrictEqual(states[0], states[1])) expect(states[0]).toEqual(states[1])
        }
      }),
      { numRuns: 300 },
    )
  })
})
