import { describe, expect, test } from '@jest/globals'
import { type Policy, policyKey } from '@manx/api'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import type { Delta } from '../../src/calc/delta.ts'
import type { Rule } from '../../src/calc/ruleset.ts'
import type { PodState } from '../../src/index.ts'
import { endpoint, podOf } from '../endpoints.ts'
import { KernelModel } from './kernel-model.ts'

/** Knows the namespace `default`. */
const make = (environment = {}): Calculator => {
  const calculator = new Calculator({ node: 'node-1', environment })
  calculator.update({ kind: 'namespace', name: 'default', value: {} })
  return calculator
}

const policyOf = (name: string, parts: Partial<Policy> = {}): Extract<CalcEvent, { kind: 'policy' }> => {
  const value: Policy = {
    kind: 'KubernetesNetworkPolicy',
    namespace: 'default',
    name,
    tier: 'default',
    order: 1000,
    selector: 'has(web)',
    types: ['Ingress'],
    ingress: [{ action: 'Allow', source: { selector: 'app == "a"' } }],
    egress: [],
    ...parts,
  }
  return { kind: 'policy', name: policyKey(value), value }
}

const pod = (name: string, labels: PodState['labels'], ...addresses: readonly string[]): CalcEvent => ({
  kind: 'pod',
  name: `default/${name}`,
  value: { namespace: 'default', name, serviceAccount: 'default', labels, addresses, ports: [] },
})

/** An endpoint of this node with a pod that has the label `web`. */
const local = (id: string, ...addresses: readonly string[]): CalcEvent => {
  const value = endpoint(id, ...addresses)
  return { kind: 'endpoint', name: value.interfaceName, value, pod: { ...podOf(value), labels: { web: '' } } }
}

function flush(calculator: Calculator, ...events: readonly CalcEvent[]): readonly Delta[] {
  for (const event of events) calculator.update(event)
  return calculator.flush()
}

const texts = (deltas: readonly Delta[]): readonly string[] =>
  deltas.map((delta) => {
    if (delta.kind === 'members') return `${delta.set} +${delta.added.join()} -${delta.removed.join()}`
    return `${delta.item === undefined ? 'no ' : ''}${delta.key}`
  })

const packet = { family: 4, protocol: 6, source: '10.0.9.9', destination: '10.0.0.1', sourcePort: 4000 } as const

describe('policies', () => {
  test('sets come before the chains that look into them, chains before the verdicts that lead there; removals reversed', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    flush(calculator, pod('a', { app: 'a' }, '10.0.9.1'), local('1', '10.0.0.1'))
    const set = expect.stringMatching(/^s4-/)
    const added = flush(calculator, policyOf('p'))
    expect(added).toEqual([
      expect.objectContaining({ kind: 'set' }),
      { kind: 'members', key: expect.stringMatching(/^members\|s4-/), set, added: [['10.0.9.1']], removed: [] },
      expect.objectContaining({ key: expect.stringMatching(/^chain\|pi-.*-default\/p$/) }),
      expect.objectContaining({ key: expect.stringMatching(/^chain\|li-/) }),
      expect.objectContaining({ key: expect.stringMatching(/^chain\|ni-/) }),
      expect.objectContaining({ key: expect.stringMatching(/^chain\|ni-/) }),
      expect.objectContaining({ key: 'element|ingress-dispatch|cali1' }),
    ])
    const removed = flush(calculator, { kind: 'policy', name: 'KubernetesNetworkPolicy/default/p' })
    expect(removed.map(({ kind }) => kind)).toEqual(['dispatch', 'chain', 'chain', 'chain', 'chain', 'set'])
    expect(removed.map(({ item }) => item === undefined)).toEqual([false, true, true, true, true, true])
  })

  test('that apply to no endpoint of this node make nothing', () => {
    const calculator = make()
    flush(calculator, pod('web', { web: '' }, '10.0.9.1'), endpointWithout('1', '10.0.0.1'))
    expect(flush(calculator, policyOf('p'))).toEqual([])
    expect(calculator.policies.statistics()).toMatchObject({ policies: 1, activePolicies: 0, selectors: 0, sets: 0 })
  })

  test('are asked in the order of tiers, then of their order, then of their names', () => {
    const calculator = make()
    flush(
      calculator,
      { kind: 'tier', name: 'first', value: { name: 'first', order: 1, defaultAction: 'Pass' } },
      policyOf('b'),
      policyOf('a'),
      policyOf('last', { order: Number.POSITIVE_INFINITY }),
      policyOf('c', { order: 1 }),
      policyOf('d', { tier: 'first' }),
      policyOf('nowhere', { tier: 'no such tier' }),
      local('1', '10.0.0.1'),
    )
    const { known, ingress, egress } = calculator.policies.policiesOf('cali1')
    const names = ingress.map(({ tier, policies }) => [tier.name, ...policies.map(({ name }) => name)])
    expect(names).toEqual([
      ['first', 'd'],
      ['default', 'c', 'a', 'b', 'last'],
    ])
    expect([known, egress]).toEqual([true, []])
  })

  test.each([1000, Number.POSITIVE_INFINITY])(
    'of order %s are asked by name, whatever their kinds, namespaces and selectors',
    (order) => {
      const allow = [{ action: 'Allow' }] as const
      const deny = [{ action: 'Deny', protocol: 6 }] as const
      const namespaced = { kind: 'CalicoNetworkPolicy', order } as const
      const ofAll = (name: string, ingress: Policy['ingress']) => {
        const { namespace: _, ...value } = policyOf(name, { kind: 'GlobalNetworkPolicy', order, ingress }).value ?? {}
        const policy = { ...value, selector: 'all()' } as Policy
        return { kind: 'policy', name: policyKey(policy), value: policy } as const
      }
      const calculator = make()
      const model = new KernelModel()
      const after = (...events: readonly CalcEvent[]) => {
        model.apply(flush(calculator, ...events))
        return model.verdict('cali1', 'Ingress', packet)
      }
      const verdicts = [
        after(policyOf('d', { ...namespaced, ingress: allow }), local('1', '10.0.0.1')),
        after(ofAll('c', deny)),
        after(policyOf('b', { ...namespaced, ingress: allow })),
        after(ofAll('b-', deny)),
        after(policyOf('e', { ...namespaced, namespace: 'a', ingress: allow })),
      ]
      expect(verdicts).toEqual(['accept', 'drop', 'accept', 'drop', 'drop'])
      const [tier] = calculator.policies.policiesOf('cali1').ingress
      expect(tier?.policies.map(({ name }) => name)).toEqual(['b-', 'b', 'c', 'd', 'e'])
    },
  )

  test('of a tier that is not there have no effect and are named; they begin to apply when it comes', () => {
    const calculator = make()
    const model = new KernelModel()
    const lost = policyOf('lost', { tier: 'first', ingress: [] })
    model.apply(flush(calculator, lost, policyOf('elsewhere', { tier: 'second', selector: 'has(other)' })))
    model.apply(flush(calculator, local('1', '10.0.0.1')))
    expect(calculator.issues()).toEqual(
      ['first', 'second'].map((tier, index) => {
        const name = ['lost', 'elsewhere'][index]
        const policy = { kind: 'KubernetesNetworkPolicy', namespace: 'default', name }
        const message = 'there is no such tier: the policy has no effect until there is'
        return { object: `NetworkPolicy default/${name}`, policy, field: 'tier', value: tier, message }
      }),
    )
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('accept')
    const tier = { name: 'first', order: 1, defaultAction: 'Deny' } as const
    model.apply(flush(calculator, { kind: 'tier', name: 'first', value: tier }))
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('drop')
    expect(calculator.issues().map(({ value }) => value)).toEqual(['second'])
    model.apply(flush(calculator, { kind: 'tier', name: 'first' }))
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('accept')
    expect(calculator.issues().map(({ value }) => value)).toEqual(['second', 'first'])
    flush(calculator, { kind: 'policy', name: lost.name }, policyOf('elsewhere'))
    expect(calculator.issues()).toEqual([])
  })

  test.each<Partial<Policy>>([{ staged: 'Set' }, { staged: 'Ignore' }, { doNotTrack: true }, { preDNAT: true }])(
    'that change no packet of a pod make nothing: %j',
    (parts) => {
      const calculator = make()
      flush(calculator, policyOf('p'), local('1', '10.0.0.1'))
      expect(calculator.policies.policiesOf('cali1').ingress).toHaveLength(1)
      flush(calculator, policyOf('p', parts))
      expect(calculator.policies.policiesOf('cali1').ingress).toEqual([])
      expect(calculator.policies.statistics()).toMatchObject({ policies: 1, activePolicies: 0 })
      expect(calculator.issues()).toEqual([])
    },
  )

  test('that ask for a service are named, and let nothing through for it', () => {
    const calculator = make()
    const model = new KernelModel()
    const service = { namespace: 'shop', name: 'web' }
    const rules = (action: 'Allow' | 'Deny') => [{ action, source: { service } }, { action: 'Allow' } as const]
    model.apply(flush(calculator, policyOf('p', { ingress: rules('Allow').slice(0, 1) }), local('1', '10.0.0.1')))
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('drop')
    expect(calculator.issues()).toMatchObject([{ field: 'ingress[0].source.service', value: 'shop/web' }])
    model.apply(flush(calculator, policyOf('p', { ingress: rules('Deny') })))
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('drop')
    model.apply(flush(calculator, policyOf('p', { ingress: rules('Allow') })))
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('accept')
  })

  test.each([
    ['a service', { service: { namespace: 'shop', name: 'web' } }, 17],
    ['an unreadable selector', { selector: '!!' }, 17],
  ])('that pass what %s says deny it: the next tier may allow', (_, source, protocol) => {
    const calculator = make()
    const model = new KernelModel()
    model.apply(
      flush(
        calculator,
        { kind: 'tier', name: 'first', value: { name: 'first', order: 1, defaultAction: 'Pass' } },
        policyOf('p', { tier: 'first', ingress: [{ action: 'Pass', protocol, source }] }),
        policyOf('q', { ingress: [{ action: 'Allow' }] }),
        local('1', '10.0.0.1'),
      ),
    )
    expect(calculator.issues()).toHaveLength(1)
    expect(model.verdict('cali1', 'Ingress', { ...packet, protocol })).toBe('drop')
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('accept')
  })

  test('with unreadable selectors are named; what they allow is nothing, what they deny is more', () => {
    const calculator = make()
    const model = new KernelModel()
    model.apply(
      flush(
        calculator,
        policyOf('no one', { selector: 'has(' }),
        policyOf('p', {
          ingress: [
            { action: 'Deny', protocol: 17, source: { selector: '!!' } },
            { action: 'Allow', protocol: 6, source: { selector: 'x == ' } },
            { action: 'Allow' },
          ],
        }),
        local('1', '10.0.0.1'),
      ),
    )
    const fields = calculator.issues().map(({ object, field, value }) => [object, field, value])
    expect(fields).toEqual([
      ['NetworkPolicy default/no one', 'selector', 'has('],
      ['NetworkPolicy default/p', 'ingress[0].source.selector', '!!'],
      ['NetworkPolicy default/p', 'ingress[1].source.selector', 'x == '],
    ])
    expect(model.verdict('cali1', 'Ingress', { ...packet, protocol: 17 })).toBe('drop')
    expect(model.verdict('cali1', 'Ingress', packet)).toBe('accept')
    flush(calculator, policyOf('no one'), policyOf('p'))
    expect(calculator.issues()).toEqual([])
  })
})

describe('a policy that cannot be followed', () => {
  const healthy = policyOf('healthy', { selector: 'has(other)' })
  const malformed = policyOf('poison', { ingress: [{ action: 'Pass', source: { nets: [5 as never] } }] })
  const unreadable = policyOf('poison', { ingress: [null as never] })
  const rejected = policyOf('poison', { ingress: [{ action: 'Pass', protocol: 6 }] })
  const checkRule = ({ comment }: Rule) => {
    if (comment.startsWith('NetworkPolicy default/poison ingress 0')) throw new Error('no such expression')
  }
  const other = (): CalcEvent => {
    const value = endpoint('2', '10.0.0.2')
    return { kind: 'endpoint', name: 'cali2', value, pod: { ...podOf(value), labels: { other: '' } } }
  }

  test.each([
    ['as it is', malformed, undefined],
    ['because a rule is none', unreadable, undefined],
    ['because the kernel cannot be told', rejected, checkRule],
  ])('%s denies, is named, and keeps no other from being followed', (_, poison, check) => {
    const namespace: CalcEvent = { kind: 'namespace', name: 'default', value: {} }
    let checks = check
    const options = { node: 'node-1', checkRule: (rule: Rule) => checks?.(rule) }
    const calculator = new Calculator(options)
    const model = new KernelModel()
    const tier: CalcEvent = { kind: 'tier', name: 'first', value: { name: 'first', order: 1, defaultAction: 'Pass' } }
    const events = [namespace, tier, healthy, local('1', '10.0.0.1'), other(), poison]
    model.apply(flush(calculator, ...events))
    expect(model.verdict('cali1', 'Ingress', { ...packet, destinationPort: 80 })).toBe('drop')
    expect(model.verdict('cali1', 'Egress', { ...packet, destinationPort: 80 })).toBe('accept')
    expect(calculator.keysOf('endpoint/cali2')).toContainEqual(expect.stringMatching(/^chain\|pi-.*healthy$/))
    expect(calculator.issues().map(({ object }) => object)).toEqual(['NetworkPolicy default/poison'])
    const inAnotherOrder = new KernelModel()
    inAnotherOrder.apply(flush(new Calculator(options), ...events.toReversed()))
    expect(inAnotherOrder.items).toEqual(model.items)
    checks = undefined
    model.apply(flush(calculator, policyOf('poison', { ingress: [{ action: 'Allow' }] })))
    expect(calculator.issues()).toEqual([])
    expect(model.verdict('cali1', 'Ingress', { ...packet, destinationPort: 80 })).toBe('accept')
  })
})

const endpointWithout = (id: string, ...addresses: readonly string[]): CalcEvent => {
  const value = endpoint(id, ...addresses)
  return { kind: 'endpoint', name: value.interfaceName, value, pod: podOf(value) }
}

describe('the cost of a change', () => {
  const steady = () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    flush(
      calculator,
      policyOf('p'),
      policyOf('q', { ingress: [{ action: 'Allow', source: { selector: 'app == "b"' } }] }),
      local('1', '10.0.0.1'),
      local('2', '10.0.0.2'),
      pod('x', { app: 'a' }, '10.0.9.1'),
    )
    return calculator
  }

  test('of a pod’s labels is the sets that it leaves and enters', () => {
    const calculator = steady()
    const deltas = flush(calculator, pod('x', { app: 'b', more: '' }, '10.0.9.1'))
    expect(texts(deltas)).toEqual([
      expect.stringMatching(/^s4-\S+ \+ -10.0.9.1$/),
      expect.stringMatching(/^s4-\S+ \+10.0.9.1 -$/),
    ])
    expect(flush(calculator, pod('x', { app: 'b' }, '10.0.9.1'))).toEqual([])
    const both = flush(calculator, pod('x', { app: 'a' }, '10.0.9.1'), pod('x', { app: 'b' }, '10.0.9.1'))
    expect(both).toEqual([])
  })

  test('of the rules of a policy is its chain and the sets that it alone uses', () => {
    const ingress = [{ action: 'Allow', source: { selector: 'app == "c"' } }] as const
    expect(texts(flush(steady(), policyOf('q', { ingress })))).toEqual([
      expect.stringMatching(/^set\|s4-/),
      expect.stringMatching(/^chain\|pi-\S+-default\/q$/),
      expect.stringMatching(/^no set\|s4-/),
    ])
  })

  test('of the selector of a policy is the lists of the endpoints concerned', () => {
    const calculator = steady()
    flush(calculator, pod('pod-1', { web: '', other: '' }))
    const deltas = flush(calculator, policyOf('q', { selector: '!has(other)', ingress: [] }))
    expect(texts(deltas).filter((text) => text.includes('dispatch'))).toEqual(['element|ingress-dispatch|cali1'])
  })

  test('endpoints with the same policies share one list', () => {
    const calculator = steady()
    const [first, second] = ['cali1', 'cali2'].map((name) => calculator.keysOf(`endpoint/${name}`))
    const chains = first?.filter((key) => key.startsWith('chain|'))
    expect(chains).toHaveLength(5)
    expect(second?.filter((key) => key.startsWith('chain|'))).toEqual(chains)
    expect(calculator.policies.statistics()).toMatchObject({ chains: 5, activePolicies: 2, sets: 2 })
  })

  test('an endpoint needs its own items, the chains of its policies, and their sets with all members', () => {
    const calculator = steady()
    const keys = calculator.keysOf('endpoint/cali1')
    expect(keys.map((key) => key.replace(/\|(li|ni|pi|s4)-.*/, '|$1')).toSorted()).toEqual([
      'chain|li',
      'chain|ni',
      'chain|ni',
      'chain|pi',
      'chain|pi',
      'element|egress-dispatch|cali1',
      'element|ingress-dispatch|cali1',
      'element|pod-sources-4|cali1|10.0.0.1',
      'interface|cali1',
      'members|s4',
      'members|s4',
      'route|10.0.0.1/32|1024',
      'set|s4',
      'set|s4',
    ])
    for (const key of keys) expect(calculator.has(key)).toBe(true)
  })
})

describe('pods and endpoints', () => {
  test('an endpoint is dirty while what it is itself, its pod or its namespace has changed, and nothing else', () => {
    const calculator = make()
    calculator.update({ kind: 'namespace', name: 'other', value: {} })
    calculator.update(local('1', '10.0.0.1'))
    calculator.update(local('2', '10.0.0.2'))
    expect([calculator.isDirty('cali1'), calculator.isDirty('cali9')]).toEqual([true, false])
    calculator.flush()
    const changes: readonly (readonly [CalcEvent, boolean, boolean])[] = [
      [pod('elsewhere', { app: 'a' }, '10.0.9.9'), false, false],
      [policyOf('one'), false, false],
      [{ kind: 'tier', name: 'first', value: { name: 'first', order: 1, defaultAction: 'Deny' } }, false, false],
      [{ kind: 'namespace', name: 'other', value: { any: 'label' } }, false, false],
      [{ kind: 'serviceAccount', name: 'default/other', value: { any: 'label' } }, false, false],
      [pod('pod-1', { app: 'a' }, '10.0.0.1'), true, false],
      [local('2', '10.0.0.3'), false, true],
      [{ kind: 'namespace', name: 'default', value: { any: 'label' } }, true, true],
      [{ kind: 'namespace', name: 'default' }, true, true],
      [{ kind: 'endpoint', name: 'cali1' }, true, false],
    ]
    for (const [event, first, second] of changes) {
      calculator.update(event)
      expect([event, calculator.isDirty('cali1'), calculator.isDirty('cali2')]).toEqual([event, first, second])
      calculator.flush()
      expect([event, calculator.isDirty('cali1'), calculator.isDirty('cali2')]).toEqual([event, false, false])
    }
  })

  const verdictOf = (deltas: readonly Delta[]) =>
    deltas.flatMap(({ item }) => (item?.kind === 'dispatch' ? [item.verdict.kind] : []))

  test('everything of an endpoint is dropped until its pod is known, and again when it is gone', () => {
    const calculator = make()
    const value = endpoint('1', '10.0.0.1')
    const deltas = flush(calculator, { kind: 'endpoint', name: 'cali1', value })
    expect(verdictOf(deltas)).toEqual(['drop', 'drop'])
    expect(calculator.isKnown('cali1')).toBe(false)
    expect(calculator.policies.policiesOf('cali1').known).toBe(false)
    expect(verdictOf(flush(calculator, pod('pod-1', {}, '10.0.0.1')))).toEqual(['accept', 'accept'])
    expect(verdictOf(flush(calculator, { kind: 'pod', name: 'default/pod-1' }))).toEqual(['drop', 'drop'])
  })

  test('so it is while its namespace is not known, also with what ADD read', () => {
    const calculator = new Calculator({ node: 'node-1' })
    expect(verdictOf(flush(calculator, local('1', '10.0.0.1')))).toEqual(['drop', 'drop'])
    expect(calculator.isKnown('cali1')).toBe(false)
    const come = flush(calculator, { kind: 'namespace', name: 'default', value: {} })
    expect(verdictOf(come)).toEqual(['accept', 'accept'])
    expect(calculator.isKnown('cali1')).toBe(true)
    expect(verdictOf(flush(calculator, { kind: 'namespace', name: 'default' }))).toEqual(['drop', 'drop'])
  })

  test('a pod of a namespace that is not known is not one without the labels of namespaces', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    const web = [{ name: 'web', protocol: 6, port: 80 }]
    const value = { namespace: 'prod', name: 'x', serviceAccount: '', labels: {}, addresses: ['10.0.8.8'], ports: web }
    const selector = 'pcns.env != "prod"'
    const ports = [{ name: 'web' }]
    flush(
      calculator,
      local('1', '10.0.0.1'),
      policyOf('p', {
        types: ['Egress'],
        egress: [{ action: 'Allow', protocol: 6, destination: { selector, ports } }],
      }),
    )
    const members = (...events: readonly CalcEvent[]) =>
      texts(flush(calculator, ...events)).map((text) => text.replace(/-\S+/, ''))
    expect(members({ kind: 'pod', name: 'prod/x', value })).toEqual([])
    expect(calculator.policies.hasNamedPort('10.0.8.8', { name: 'web', protocol: 6, port: 80 })).toBe(false)
    expect(members({ kind: 'namespace', name: 'prod', value: { env: 'test' } })).toContain('s4 +10.0.8.8 -')
    expect(members({ kind: 'namespace', name: 'prod', value: { env: 'prod' } })).toEqual(['s4 + -10.0.8.8'])
    expect(members({ kind: 'namespace', name: 'prod', value: {} })).toEqual(['s4 +10.0.8.8 -'])
    expect(members({ kind: 'namespace', name: 'prod' })).toContain('s4 + -10.0.8.8')
  })

  test('what ADD read of the pod counts while another one of that name is what is told', () => {
    const calculator = make()
    const value = endpoint('1', '10.0.0.1')
    const told = (uid: string, labels: PodState['labels']): CalcEvent => ({
      kind: 'pod',
      name: 'default/pod-1',
      value: { ...podOf(value), uid, labels },
    })
    const isolated = () => calculator.policies.policiesOf('cali1').ingress.length > 0
    flush(calculator, policyOf('p'), told('old', {}), local('1', '10.0.0.1'))
    expect(isolated()).toBe(true)
    flush(calculator, told('uid-pod-1', {}))
    expect(isolated()).toBe(false)
  })

  test('the addresses of an endpoint are in sets before those of its pod are known, and instead of them', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    flush(calculator, policyOf('p'), local('1', '10.0.0.1'))
    expect(texts(flush(calculator, pod('pod-1', { web: '', app: 'a' })))).toEqual([
      expect.stringMatching(/^s4-\S+ \+10.0.0.1 -$/),
    ])
    expect(flush(calculator, pod('pod-1', { web: '', app: 'a' }, '10.0.0.77'))).toEqual([])
  })

  test('a pod that was made again elsewhere has its own addresses beside those of the endpoint that is still here', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    const left = { ...endpoint('9', '10.0.0.9'), podUid: 'old' }
    const told = (uid: string, address: string): CalcEvent => ({
      kind: 'pod',
      name: 'default/pod-9',
      value: { ...podOf(left), uid, labels: { app: 'a' }, addresses: [address] },
    })
    flush(calculator, policyOf('p'), local('1', '10.0.0.1'), { kind: 'endpoint', name: 'cali9', value: left })
    const inSet = () =>
      ['10.0.0.9', '10.0.7.7'].filter((address) => calculator.policies.matchesSelector('app == "a"', address))
    flush(calculator, told('old', '10.0.0.9'))
    expect(inSet()).toEqual(['10.0.0.9'])
    const added = flush(calculator, told('new', '10.0.7.7')).flatMap((delta) =>
      delta.kind === 'members' ? delta.added : [],
    )
    expect(added).toContainEqual(['10.0.7.7'])
    expect(inSet()).toEqual(['10.0.0.9', '10.0.7.7'])
    flush(calculator, { kind: 'endpoint', name: 'cali9' })
    expect(inSet()).toEqual(['10.0.7.7'])
  })

  test('an address stays in a set until the last pod with it goes, whatever the order', () => {
    const calculator = make({ FELIX_IPV6SUPPORT: 'false' })
    flush(calculator, policyOf('p'), local('1', '10.0.0.1'), pod('old', { app: 'a' }, '10.0.9.1'))
    const { matchesSelector } = calculator.policies
    expect(flush(calculator, pod('new', { app: 'a' }, '10.0.9.1'))).toEqual([])
    expect(flush(calculator, pod('old', { app: 'b' }, '10.0.9.1'))).toEqual([])
    expect(flush(calculator, { kind: 'pod', name: 'default/old' })).toEqual([])
    expect(matchesSelector('app == "a"', '10.0.9.1')).toBe(true)
    expect(texts(flush(calculator, { kind: 'pod', name: 'default/new' }))).toEqual([
      expect.stringMatching(/^s4-\S+ \+ -10.0.9.1$/),
    ])
    expect(matchesSelector('app == "a"', '10.0.9.1')).toBe(false)
  })

  test('the owner of an address is found, of two endpoints the first by name', () => {
    const calculator = make()
    flush(calculator, local('2', '10.0.0.1'), local('1', '10.0.0.1'))
    expect(calculator.policies.interfaceOf('10.0.0.1')).toBe('cali1')
    flush(calculator, { kind: 'endpoint', name: 'cali1' })
    expect(calculator.policies.interfaceOf('10.0.0.1')).toBe('cali2')
  })
})

test('a mark that a packet comes with passes no tier', () => {
  const first = { name: 'first', order: 1, defaultAction: 'Deny' } as const
  const deltas = flush(
    make(),
    { kind: 'tier', name: 'first', value: first },
    policyOf('p', { tier: 'first', ingress: [{ action: 'Pass', protocol: 6 }] }),
    local('1', '10.0.0.1'),
  )
  const lists = deltas.flatMap(({ item }) =>
    item?.kind === 'chain' && item.chain.name.startsWith('li-') ? [item] : [],
  )
  expect(lists.map(({ chain }) => chain.rules.map(({ action }) => action.kind))).toEqual([
    ['set-mark', 'jump', 'set-mark', 'goto'],
  ])
})

describe('long lists', () => {
  const numbered = (index: number): CalcEvent => {
    const ports = [{ from: 1000 + index, to: 1000 + index }]
    return policyOf(`p${index}`, { ingress: [{ action: 'Allow', protocol: 6, destination: { ports } }] })
  }
  const many = Array.from({ length: 300 }, (_, index) => numbered(index))

  test('ask every policy', () => {
    const model = new KernelModel()
    model.apply(flush(make(), local('1', '10.0.0.1'), ...many))
    for (let port = 999; port <= 1300; port++) {
      const verdict = model.verdict('cali1', 'Ingress', { ...packet, destinationPort: port })
      expect([port, verdict]).toEqual([port, port >= 1000 && port < 1300 ? 'accept' : 'drop'])
    }
  })

  test('with one policy more are written anew in one group only', () => {
    const calculator = make()
    flush(calculator, local('1', '10.0.0.1'), local('2', '10.0.0.2'), ...many)
    const before = calculator.policies.statistics().chains
    const deltas = flush(calculator, numbered(300))
    const rules = deltas.flatMap(({ item }) => (item?.kind === 'chain' ? [item.chain.rules.length] : []))
    expect(rules.reduce((sum, length) => sum + length, 0)).toBeLessThan(200)
    expect(deltas.filter(({ kind }) => kind === 'dispatch')).toHaveLength(2)
    flush(calculator, { kind: 'policy', name: 'KubernetesNetworkPolicy/default/p300' })
    expect(calculator.policies.statistics().chains).toBe(before)
  })
})
