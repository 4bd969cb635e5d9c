import { type Family, parsePrefix, prefixContains } from '@manx/api'
import fc from 'fast-check'
import type { NetworkPolicy, NetworkPolicyRule } from '../evaluate/kubernetes-verdict.ts'
import {
  labelKeys,
  labels,
  labelValues,
  mostly,
  namespaceKeys,
  namespaces,
  portNames,
  ports,
  prefixes,
  sometimes,
  withoutUndefined,
} from './vocabulary.ts'

const nameLabel = 'kubernetes.io/metadata.name'

const expression = (keys: readonly string[], values: readonly string[]) =>
  fc.oneof(
    fc.record({
      key: fc.constantFrom(...keys),
      operator: fc.constantFrom('In', 'NotIn'),
      values: fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({ key: fc.constantFrom(...keys), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  )

/** One condition is enough for most: each more halves what is selected. */
const labelSelector = (keys: readonly string[]) =>
  fc.oneof(
    fc.constant({}),
    fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...labelValues)).map(([key, value]) => ({
      matchLabels: { [key]: value },
    })),
    expression(keys, labelValues).map((one) => ({ matchExpressions: [one] })),
    fc.record(
      {
        matchLabels: labels(keys),
        matchExpressions: fc.array(expression(keys, labelValues), { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  )

const namespaceSelector = mostly(
  labelSelector(namespaceKeys),
  fc.oneof(
    fc.constantFrom(...namespaces).map((name) => ({ matchLabels: { [nameLabel]: name } })),
    expression([nameLabel], namespaces).map((one) => ({ matchExpressions: [one] })),
  ),
  1,
)

const ipBlock = fc.constantFrom<Family>(4, 6).chain((family) => {
  const all = prefixes[family]
  return fc.constantFrom(...all).chain((cidr) => {
    const inner = all.filter((other) => other !== cidr && contains(cidr, other))
    const plain = fc.constant({ cidr })
    if (inner.length === 0) return plain
    return fc.oneof(
      plain,
      fc.subarray(inner, { minLength: 1, maxLength: Math.min(3, inner.length) }).map((except) => ({ cidr, except })),
    )
  })
})

function contains(outer: string, inner: string): boolean {
  const prefix = parsePrefix(outer)
  const other = parsePrefix(inner)
  return prefix !== undefined && other !== undefined && prefixContains(prefix, other)
}

const peer = fc.oneof(
  labelSelector(labelKeys).map((podSelector) => ({ podSelector })),
  namespaceSelector.map((one) => ({ namespaceSelector: one })),
  fc.record({ podSelector: labelSelector(labelKeys), namespaceSelector }),
  ipBlock.map((block) => ({ ipBlock: block })),
)

const protocol = fc.constantFrom(undefined, 'TCP', 'UDP', 'SCTP')
const withProtocol = <T extends object>(rest: fc.Arbitrary<T>) =>
  fc.tuple(protocol, rest).map(([name, value]) => (name === undefined ? value : { protocol: name, ...value }))

const port = withProtocol(
  fc.oneof(
    fc.constant({}),
    fc.record({ port: fc.constantFrom<string | number>(...ports) }),
    { weight: 2, arbitrary: fc.record({ port: fc.constantFrom<string | number>(...portNames) }) },
    fc.tuple(fc.constantFrom(...ports), fc.nat(400)).map(([from, more]) => ({ port: from, endPort: from + more })),
  ),
)

const rule = (side: 'from' | 'to') =>
  fc
    .record({
      [side]: sometimes(fc.array(peer, { maxLength: 3 }), 75),
      ports: sometimes(fc.array(port, { maxLength: 3 }), 60),
    })
    .map((fields) => withoutUndefined(fields) as NetworkPolicyRule)

const spec = fc.record(
  {
    podSelector: mostly(fc.constant({}), labelSelector(labelKeys), 1),
    policyTypes: fc.constantFrom(['Ingress'], ['Egress'], ['Ingress', 'Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(rule('from'), { maxLength: 3 }),
    egress: fc.array(rule('to'), { maxLength: 3 }),
  },
  { requiredKeys: ['podSelector'] },
)

/** Objects that the API server would take: of every form that the kind has. */
export const networkPolicy = (names: readonly string[]): fc.Arbitrary<NetworkPolicy> =>
  fc
    .record({ namespace: fc.constantFrom('x', 'y', 'z'), name: fc.constantFrom(...names), spec })
    .map(({ namespace, name, spec: value }) => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace, name },
      spec: value,
    }))
