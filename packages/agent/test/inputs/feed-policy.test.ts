import { expect, test } from '@jest/globals'
import { createStore } from '@manx/api'
import type { AccountFacts, NamespaceFacts, PodFacts, PolicyFacts } from '../../src/inputs/facts.ts'
import { namespaceFacts, podFacts, policyFacts } from '../../src/inputs/facts.ts'
import { feedPolicy } from '../../src/inputs/feed-policy.ts'

const pod = (labels: Readonly<Record<string, string>>, more: object = {}) =>
  podFacts(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web',
        namespace: 'shop',
        uid: 'u1',
        labels,
        annotations: { 'cni.projectcalico.org/x': 'y', z: '' },
      },
      spec: { nodeName: 'node-1', serviceAccountName: 'default' },
      ...more,
    },
    'node-1',
  )

function feeding() {
  const stores = {
    pods: { store: createStore<PodFacts>() },
    namespaces: { store: createStore<NamespaceFacts>() },
    serviceAccounts: { store: createStore<AccountFacts>() },
    networkPolicies: { store: createStore<PolicyFacts>() },
  }
  const told: (readonly [string, string, unknown])[] = []
  const tell = (what: string) => (key: string, value: unknown) => void told.push([what, key, value])
  const felix = {
    setPod: tell('pod'),
    setNamespace: tell('namespace'),
    setServiceAccount: tell('account'),
    setPolicy: tell('policy'),
  }
  const start = () => feedPolicy(felix, stores as never)
  return { ...stores, start, told: () => told.splice(0) }
}

test('felix hears of what there is, and of what changes in a way that matters to policy', () => {
  const { pods, namespaces, serviceAccounts, start, told } = feeding()
  const facts = (labels: Readonly<Record<string, string>>, annotations = {}) =>
    namespaceFacts({ metadata: { name: 'shop', labels, annotations } })
  pods.store.set('shop/web', pod({ app: 'web' }))
  namespaces.store.set('shop', facts({ team: 'a' }))
  serviceAccounts.store.set('shop/default', { labels: { role: 'x' } })
  start()
  expect(told()).toEqual([
    ['namespace', 'shop', { team: 'a' }],
    ['account', 'shop/default', { role: 'x' }],
    ['pod', 'shop/web', expect.objectContaining({ uid: 'u1', labels: { app: 'web' }, serviceAccount: 'default' })],
  ])
  namespaces.store.set('shop', facts({ team: 'a' }, { 'cni.projectcalico.org/ipv4pools': '[]' }))
  pods.store.set('shop/web', { ...pod({ app: 'web' }), annotations: {} })
  expect(told()).toEqual([])
  pods.store.set('shop/web', pod({ app: 'api' }))
  namespaces.store.delete('shop')
  serviceAccounts.store.delete('shop/default')
  pods.store.set('shop/web', pod({ app: 'api' }, { status: { phase: 'Succeeded' } }))
  expect(told()).toEqual([
    ['pod', 'shop/web', expect.objectContaining({ labels: { app: 'api' } })],
    ['namespace', 'shop', undefined],
    ['account', 'shop/default', undefined],
    ['pod', 'shop/web', undefined],
  ])
})

test('a network policy is told in the form of all policies, and taken back', () => {
  const { networkPolicies, start, told } = feeding()
  start()
  const object = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Ingress'] },
  } as const
  networkPolicies.store.set('shop/deny', policyFacts(object))
  networkPolicies.store.delete('shop/deny')
  const key = 'KubernetesNetworkPolicy/shop/deny'
  expect(told()).toEqual([
    ['policy', key, expect.objectContaining({ namespace: 'shop', name: 'deny', types: ['Ingress'] })],
    ['policy', key, undefined],
  ])
})

test('of pods of other nodes no annotations are kept, and of own ones those that somebody reads', () => {
  expect(pod({}).annotations).toEqual({ 'cni.projectcalico.org/x': 'y' })
  expect(pod({}, { spec: { nodeName: 'node-2' } }).annotations).toEqual({})
  expect(pod({}, { spec: { nodeName: 'node-1', hostNetwork: true } }).state).toBeUndefined()
})
