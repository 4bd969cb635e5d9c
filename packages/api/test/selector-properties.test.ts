import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseSelector, selectorId, selectorOf } from '../src/index.ts'
import { and, equal, has, noneOf, not, oneOf, selectAll } from '../src/selectors/build.ts'
import { canonicalSelector } from '../src/selectors/canonical.ts'
import { selectorOfNamespaces, selectorOfServiceAccounts } from '../src/selectors/prefix-labels.ts'
import { anyLabels, anyNode, anyValue, means, spell } from './selector-arbitrary.ts'

describe('selectors of any kind', () => {
  test('are read as they are meant, however they are spelled', () => {
    fc.assert(
      fc.property(anyNode, anyLabels, fc.infiniteStream(fc.nat()), (node, labels, choices) => {
        const text = spell(node, (count) => (choices.next().value ?? 0) % count)
        expect(parseSelector(text).matches(labels)).toBe(means(node, labels))
      }),
      { numRuns: 500 },
    )
  })

  test('are the same after they were written in canonical form, which is its own canonical form', () => {
    fc.assert(
      fc.property(anyNode, fc.infiniteStream(fc.nat()), (node, choices) => {
        const read = parseSelector(spell(node, (count) => (choices.next().value ?? 0) % count))
        const again = parseSelector(read.canonical)
        expect(again.node).toEqual(read.node)
        expect(again.canonical).toBe(read.canonical)
      }),
      { numRuns: 500 },
    )
  })

  test('mean the same when they are built and written', () => {
    const built = fc.oneof(
      anyNode.map((node) => and([node])),
      fc.array(anyNode, { maxLength: 3 }).map(and),
      fc.array(anyValue, { maxLength: 3 }).map((values) => oneOf('a', values)),
      fc.array(anyValue, { maxLength: 3 }).map((values) => noneOf('a', values)),
    )
    fc.assert(
      fc.property(built, anyLabels, (node, labels) => {
        expect(selectorOf(node).matches(labels)).toBe(means(node, labels))
        expect(parseSelector(selectorOf(node).canonical).matches(labels)).toBe(means(node, labels))
      }),
    )
  })
})

describe('built selectors', () => {
  for (const [what, node, canonical] of [
    ['the conjunction of nothing selects all', and([]), 'all()'],
    ['a conjunction of one is this one', and([has('a'), selectAll]), 'has(a)'],
    [
      'a conjunction is in one order, flat, each condition once',
      and([has('b'), and([equal('a', 'v'), has('b')]), not(has('a'))]),
      '(!has(a) && a == "v" && has(b))',
    ],
    ['a set of one value is a comparison', oneOf('a', ['v', 'v']), 'a == "v"'],
    ['the complement of one value is a comparison', noneOf('a', ['v']), 'a != "v"'],
    ['a set is sorted', oneOf('a', ['w', 'v']), 'a in {"v", "w"}'],
    ['a set of nothing matches nothing', oneOf('a', []), 'a in {}'],
    ['a value with double quotes is in single quotes', equal('a', 'a"b'), `a == 'a"b'`],
    ['a negation of a negation is neither', not(not(has('a'))), 'has(a)'],
  ] as const) {
    test(what, () => {
      expect(canonicalSelector(node)).toBe(canonical)
      expect(parseSelector(canonical).canonical).toBe(canonical)
    })
  }

  test('of what no selector can have are an error', () => {
    expect(() => equal('a', `'"`)).toThrow('has both kinds of quotes')
    expect(() => has('a b')).toThrow('"a b" is no label of a selector')
  })
})

describe('selectors of namespaces and service accounts', () => {
  for (const [text, namespaces, serviceAccounts] of [
    ['team == "a"', 'pcns.team == "a"', 'pcsa.team == "a"'],
    ['all()', 'has(projectcalico.org/namespace)', 'all()'],
    ['global()', '!has(projectcalico.org/namespace)', 'global()'],
    ['!global()', 'has(projectcalico.org/namespace)', '!global()'],
    [
      'has(a) && (b in {"v"} || !all())',
      '(has(pcns.a) && (pcns.b in {"v"} || !has(projectcalico.org/namespace)))',
      '(has(pcsa.a) && (pcsa.b in {"v"} || !all()))',
    ],
  ] as const) {
    test(`${text} asks for what they lend to their pods`, () => {
      const { node } = parseSelector(text)
      expect(canonicalSelector(selectorOfNamespaces(node))).toBe(namespaces)
      expect(canonicalSelector(selectorOfServiceAccounts(node))).toBe(serviceAccounts)
    })
  }
})

describe('the id of a selector', () => {
  // printf 'all()' | openssl dgst -sha224 -binary | base64
  test('is the hash of its canonical text', () => {
    expect(selectorId(parseSelector('').canonical)).toBe('s:yAKsl-CNoToGJvI4pNl6xXkWbnkbEnlK7IRXBA')
  })
})
