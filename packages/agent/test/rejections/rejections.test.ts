import { describe, expect, test } from '@jest/globals'
import { createStore, type KubernetesObject, silentLogger } from '@manx/api'
import { type PolicyFacts, policyFacts } from '../../src/inputs/facts.ts'
import { collectRejections, followPolicies } from '../../src/rejections/collect-rejections.ts'
import { rejectedEvent } from '../../src/rejections/rejected-event.ts'
import { nameOf, Rejections, rejectedObject } from '../../src/rejections/rejections.ts'

const pool: KubernetesObject = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name: 'a', uid: 'u', generation: 3 },
}

describe('rejections', () => {
  test('name each object once, and forget what is right again', () => {
    const rejections = new Rejections()
    const tell = rejections.listener('ippools')
    tell('a', { object: pool, message: 'spec.cidr is required' })
    rejections.replace('felix', [rejectedObject(pool, 'the same in other words')])
    expect(rejections.list()).toEqual([
      {
        apiVersion: 'projectcalico.org/v3',
        kind: 'IPPool',
        name: 'a',
        uid: 'u',
        generation: 3,
        message: 'spec.cidr is required',
      },
    ])
    tell('a', undefined)
    expect(rejections.list().map(({ message }) => message)).toEqual(['the same in other words'])
    rejections.replace('felix', [])
    expect(rejections.list()).toEqual([])
  })

  test('have the policies with faults', () => {
    const rejections = new Rejections()
    const store = createStore<PolicyFacts>()
    const end = followPolicies(store, rejections, silentLogger)
    const facts = (ports: unknown) =>
      policyFacts({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'web', namespace: 'shop', uid: 'u', generation: 2 },
        spec: { podSelector: {}, ingress: [{ ports }] },
      } as never)
    store.set('shop/web', facts([{ port: 80, endPort: 70 }]))
    expect(rejections.list().map(nameOf)).toEqual(['NetworkPolicy shop/web'])
    expect(rejections.list()).toMatchObject([
      { generation: 2, message: expect.stringContaining('(these rules match nothing)') },
    ])
    store.set('shop/web', facts([{ port: 80 }]))
    expect(rejections.list()).toEqual([])
    store.set('shop/web', facts([{ port: 80, endPort: 70 }]))
    store.delete('shop/web')
    expect(rejections.list()).toEqual([])
    end()
  })

  test('have the policies that felix refuses, with all that is wrong, and tell equal names of two APIs apart', async () => {
    const rejections = new Rejections()
    const networkPolicies = { store: createStore<PolicyFacts>() }
    networkPolicies.store.set('shop/web', { issues: [], uid: 'u', generation: 2 })
    const about = (kind: 'KubernetesNetworkPolicy' | 'CalicoNetworkPolicy' | 'GlobalNetworkPolicy') => {
      const policy = kind === 'GlobalNetworkPolicy' ? { kind, name: 'web' } : { kind, namespace: 'shop', name: 'web' }
      return { object: `${kind} web`, policy, field: 'tier', value: 'x', message: 'there is no such tier' }
    }
    const issues = [
      about('KubernetesNetworkPolicy'),
      { ...about('KubernetesNetworkPolicy'), field: 'rules', value: 'y', message: 'cannot be followed' },
      about('CalicoNetworkPolicy'),
      about('GlobalNetworkPolicy'),
    ]
    const options = { felix: { issues: () => issues }, bgp: { findings: [] }, rejections, logger: silentLogger }
    const end = new AbortController()
    const running = collectRejections({ ...options, informers: { networkPolicies } as never }, end.signal)
    end.abort()
    await running
    const message = 'tier "x": there is no such tier'
    expect(rejections.list()).toEqual([
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        namespace: 'shop',
        name: 'web',
        uid: 'u',
        generation: 2,
        message: `${message}; rules "y": cannot be followed`,
      },
      { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy', namespace: 'shop', name: 'web', message },
      { apiVersion: 'projectcalico.org/v3', kind: 'GlobalNetworkPolicy', name: 'web', message },
    ])
    const events = rejections.list().map((object) => rejectedEvent(object, 'node-1', new Date(0)))
    expect(events.map(({ reason }) => reason)).toEqual(Array(3).fill('InvalidPolicy'))
    expect(new Set(events.map(({ metadata }) => JSON.stringify(metadata))).size).toBe(3)
  })

  test('have what felix and BGP refuse of objects, but nothing that is no object or no fault of it', async () => {
    const rejections = new Rejections()
    const store = <T>(objects: Readonly<Record<string, T>>) => {
      const made = createStore<T>()
      for (const [key, object] of Object.entries(objects)) made.set(key, object)
      return { store: made }
    }
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } }
    const informers = {
      nodes: store({ n: node }),
      ipPools: store({ a: pool }),
      bgpPeers: store({}),
      bgpConfigurations: store({}),
      felixConfigurations: store({}),
      networkPolicies: store({}),
    }
    const issues = [
      { object: 'IPPool/a', field: 'spec.cidr', value: 'x', message: 'must be a prefix' },
      { object: 'environment', field: 'FELIX_X', value: 'x', message: 'must be y' },
    ]
    const findings = [
      { object: 'Node/n', reason: 'Invalid', message: 'annotation a is wrong' },
      { object: 'Node/n', reason: 'NoAddress', message: 'has no address' },
    ] as const
    const options = { felix: { issues: () => issues }, bgp: { findings }, rejections, logger: silentLogger }
    const end = new AbortController()
    const running = collectRejections({ ...options, informers: informers as never }, end.signal)
    end.abort()
    await running
    expect(rejections.list().map((object) => [nameOf(object), object.message])).toEqual([
      ['IPPool a', 'spec.cidr "x": must be a prefix'],
      ['Node n', 'annotation a is wrong'],
    ])
  })
})

describe('the Event about an object', () => {
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    namespace: 'shop',
    name: 'web',
    uid: 'u',
    generation: 2,
    message: 'wrong',
  }
  const event = (change: object = {}, node = 'node-1') => rejectedEvent({ ...policy, ...change }, node, new Date(0))
  const nameIn = (made: ReturnType<typeof event>) => ('name' in made.metadata ? made.metadata.name : '')

  test('has the same name from every node and another one for another generation', () => {
    expect(event({}, 'node-2').metadata).toEqual(event().metadata)
    expect(nameIn(event({ generation: 3 }))).not.toBe(nameIn(event()))
    expect(nameIn(event())).toMatch(/^web\.[0-9a-f]{16}$/)
  })

  test.each(['-', '.', '.-.'])('has a name that the API server takes, also when it is cut at %j', (end) => {
    const name = `${'x'.repeat(200 - end.length)}${end}more`
    expect(nameIn(event({ name }))).toMatch(/^x{190,199}\.[0-9a-f]{16}$/)
  })

  test('names the object, the reason and the fault, in a length that is allowed', () => {
    expect(event({ message: 'é'.repeat(2000) })).toMatchObject({
      metadata: { namespace: 'shop' },
      eventTime: '1970-01-01T00:00:00.000000Z',
      type: 'Warning',
      reason: 'InvalidPolicy',
      note: expect.stringMatching(/^é{1,1023}…$/),
      regarding: { kind: 'NetworkPolicy', namespace: 'shop', name: 'web', uid: 'u' },
    })
    expect(rejectedEvent(rejectedObject(pool, 'x'), 'n', new Date(0))).toMatchObject({
      metadata: { namespace: 'default' },
      reason: 'InvalidConfiguration',
    })
  })
})
