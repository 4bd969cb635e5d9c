import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { comparePolicies, type PolicyPlace } from '../../src/index.ts'

const inNamespace = (namespace: string, name: string, kind: PolicyPlace['kind'] = 'CalicoNetworkPolicy') =>
  ({ kind, namespace, name, order: Number.POSITIVE_INFINITY }) satisfies PolicyPlace
const global = (name: string, kind: PolicyPlace['kind'] = 'GlobalNetworkPolicy'): PolicyPlace => ({
  kind,
  name,
  order: Number.POSITIVE_INFINITY,
})

/** In each row each comes before all behind it. */
const rows: readonly (readonly [string, ...PolicyPlace[]])[] = [
  [
    'the order',
    { ...global('z'), order: -1 },
    { ...global('y'), order: 0.5 },
    { ...global('x'), order: 1 },
    global('a'),
  ],
  [
    'the name',
    global('a-deny'),
    inNamespace('x', 'b-allow'),
    global('c', 'ClusterNetworkPolicy'),
    inNamespace('a', 'd'),
  ],
  ['the name before the namespace', inNamespace('z', 'a'), inNamespace('a', 'b')],
  ['a name that goes on', global('a-b'), global('a.b'), global('a'), global('a0')],
  ['the namespace', global('a'), inNamespace('x', 'a'), inNamespace('y', 'a')],
  [
    'the kind, as Calico calls it',
    inNamespace('x', 'a', 'KubernetesNetworkPolicy'),
    inNamespace('x', 'a', 'CalicoNetworkPolicy'),
    inNamespace('x', 'a', 'StagedNetworkPolicy'),
  ],
  ['the kind of all namespaces', global('a', 'GlobalNetworkPolicy'), global('a', 'ClusterNetworkPolicy')],
]

test.each(rows)('policies are sorted by %s', (_, ...policies) => {
  expect([...policies].reverse().sort(comparePolicies)).toEqual(policies)
  for (const policy of policies) expect(comparePolicies(policy, { ...policy })).toBe(0)
})

test('policies of one order are sorted as texts are', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '0'), minLength: 1, maxLength: 3 })
  const place = fc.record({ name: part, namespace: part }).map(({ name, namespace }) => inNamespace(namespace, name))
  const text = ({ name, namespace }: PolicyPlace) => `${name}/${namespace}/NetworkPolicy`
  fc.assert(
    fc.property(fc.array(place), (places) => {
      expect([...places].sort(comparePolicies).map(text)).toEqual(places.map(text).sort())
    }),
    { numRuns: 500 },
  )
})
