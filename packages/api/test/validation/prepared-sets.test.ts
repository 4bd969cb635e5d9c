import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Prefix, parsePrefix, prefixContains, prefixesOverlap, validateDocuments } from '../../src/index.ts'
import { portSet } from '../../src/validation/set/port-set.ts'
import { prefixSet } from '../../src/validation/set/prefix-set.ts'

const prefix = fc
  .tuple(fc.constantFrom('10.0.0.0', '10.0.1.0', '10.128.0.0', '0.0.0.0'), fc.nat({ max: 32 }))
  .map(([address, length]) => `${address}/${length}`)
const prefixes = fc
  .array(fc.oneof(prefix, fc.constantFrom('fd00::/8', 'fd00::/64', '::/0')), { maxLength: 5 })
  .map((texts) => texts.flatMap((text): Prefix[] => [parsePrefix(text) ?? []].flat()))

test('a set of CIDRs contains and overlaps what one of them does', () => {
  fc.assert(
    fc.property(prefixes, prefixes, (set, others) => {
      const prepared = prefixSet(set)
      for (const other of others) {
        expect(prepared.contains(other)).toBe(set.some((one) => prefixContains(one, other)))
        expect(prepared.overlaps(other)).toBe(set.some((one) => prefixesOverlap(one, other)))
      }
    }),
  )
})

const port = fc.oneof(
  fc.nat({ max: 9 }),
  fc.nat({ max: 9 }).map(String),
  fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })).map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
  fc.constantFrom('http', 'dns'),
)

test('a set of ports contains others when one item has each of them', () => {
  const numbers = (one: string | number) => String(one).split(':').map(Number)
  const isIn = (outer: string | number, inner: string | number) => {
    const [[first = 0, last = first], [from = 0, to = from]] = [numbers(outer), numbers(inner)]
    return Number.isNaN(first) || Number.isNaN(from) ? outer === inner : first <= from && to <= last
  }
  fc.assert(
    fc.property(fc.array(port, { maxLength: 5 }), fc.array(port, { maxLength: 3 }), (outer, inner) => {
      const expected = inner.every((one) => outer.some((other) => isIn(other, one)))
      expect(portSet(outer).containsAll(portSet(inner))).toBe(expected)
    }),
  )
})

test('long lists in many rules are compared as far as a bound allows', () => {
  const net = (rule: number, index: number) => `10.${rule % 250}.${index}.${rule >> 8}/32`
  const nets = (rule: number) => Array.from({ length: 250 }, (_, index) => net(rule, index))
  const rules = [0, 0, ...Array.from({ length: 140 }, (_, rule) => rule + 1), 0]
  const text = JSON.stringify({
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: 'a' },
    spec: { types: ['Ingress'], ingress: rules.map((rule) => ({ action: 'Allow', source: { nets: nets(rule) } })) },
  })
  const { findings } = validateDocuments(text)
  const unreachable = findings.filter(({ code }) => code === 'Unreachable')
  expect(unreachable.map(({ path }) => path)).toEqual(['spec.ingress[1]'])
})
