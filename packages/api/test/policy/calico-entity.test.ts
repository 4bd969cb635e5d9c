import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type EntityRule,
  endpointLabels,
  type Labels,
  namespaceProfileLabels,
  parseSelector,
  selectorOf,
  serviceAccountProfileLabels,
} from '../../src/index.ts'
import { entityMatch } from '../../src/policy/calico-policy/entity.ts'
import { anyLabels, anyNode } from '../selector-arbitrary.ts'

interface Endpoint {
  /** Undefined: of a host. */
  readonly namespace: string | undefined
  readonly labels: Labels
  readonly namespaceLabels: Labels
  readonly account: string
  readonly accountLabels: Labels
}

const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  namespace: fc.constantFrom(undefined, 'shop', 'bank'),
  labels: anyLabels,
  namespaceLabels: anyLabels,
  account: fc.constantFrom('web', 'db'),
  accountLabels: anyLabels,
})

const selector = anyNode.map((node) => selectorOf(node).canonical).filter((text) => !/all\(\)|global\(\)/.test(text))
const entity: fc.Arbitrary<Partial<EntityRule>> = fc.record(
  {
    selector: fc.oneof(fc.constant(''), fc.constant('all()'), selector),
    notSelector: fc.oneof(fc.constant(''), selector),
    namespaceSelector: fc.oneof(fc.constantFrom('', 'all()', 'global()'), selector),
    serviceAccounts: fc.record(
      { names: fc.subarray(['web', 'db', 'other']), selector: fc.oneof(fc.constant(''), selector) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

const holds = (text: string, labels: Labels) => parseSelector(text).matches(labels)

/** What users are told that a side of a rule means, without a word of effective selectors. */
function isMeant(rule: Partial<EntityRule>, policyNamespace: string | undefined, one: Endpoint): boolean {
  const { selector = '', notSelector = '', namespaceSelector = '', serviceAccounts } = rule
  const { names = [], selector: accounts = '' } = serviceAccounts ?? {}
  const isPod = one.namespace !== undefined
  const own = ownLabels(one)
  if (selector !== '' && !holds(selector, own)) return false
  if (notSelector !== '' && holds(notSelector, own)) return false
  if (names.length > 0 && !(isPod && names.includes(one.account))) return false
  if (accounts !== '' && !holds(accounts, isPod ? one.accountLabels : {})) return false
  if (namespaceSelector === 'all()') return isPod
  if (namespaceSelector === 'global()') return !isPod
  if (namespaceSelector !== '') return holds(namespaceSelector, isPod ? one.namespaceLabels : {})
  const asked = selector !== '' || notSelector !== '' || names.length > 0 || accounts !== ''
  return policyNamespace === undefined || !asked || one.namespace === policyNamespace
}

function ownLabels({ namespace, labels, account }: Endpoint): Labels {
  if (namespace === undefined) return labels
  return endpointLabels({ namespace, name: 'x', serviceAccount: account, labels, addresses: [], ports: [] })
}

function effectiveLabels(one: Endpoint): Labels {
  if (one.namespace === undefined) return one.labels
  return {
    ...serviceAccountProfileLabels(one.account, one.accountLabels),
    ...namespaceProfileLabels(one.namespace, one.namespaceLabels),
    ...ownLabels(one),
  }
}

test('a side of a rule selects whom users are told that it selects', () => {
  fc.assert(
    fc.property(entity, fc.constantFrom(undefined, 'shop'), endpoint, (rule, policyNamespace, one) => {
      const match = entityMatch(rule, policyNamespace)
      const labels = effectiveLabels(one)
      const selected = match.selector === undefined || holds(match.selector, labels)
      const excluded = match.notSelector !== undefined && holds(match.notSelector, labels)
      expect(selected && !excluded).toBe(isMeant(rule, policyNamespace, one))
    }),
    { numRuns: 300 },
  )
})
