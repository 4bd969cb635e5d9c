import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { explainSelector, parseSelector, SelectorError } from '../src/index.ts'

const labels = { role: 'web', 'a.b/c-d': 'x y', empty: '', in: 'in' }

describe('selectors', () => {
  for (const [text, matches, canonical] of [
    ['', true, 'all()'],
    ['  \t', true, 'all()'],
    ['all()', true, 'all()'],
    ['all ( )', true, 'all()'],
    ["role == 'web'", true, 'role == "web"'],
    ['role=="web"', true, 'role == "web"'],
    ["role != 'web'", false, 'role != "web"'],
    ["missing != 'web'", true, 'missing != "web"'],
    ["missing == ''", false, 'missing == ""'],
    ["empty == ''", true, 'empty == ""'],
    ["role in {'db', 'web'}", true, 'role in {"db", "web"}'],
    ["role in {'web','db','web',}", true, 'role in {"db", "web"}'],
    ['role in {}', false, 'role in {}'],
    ["role not in {'web'}", false, 'role not in {"web"}'],
    ["role notin {'db'}", true, 'role not in {"db"}'],
    ["missing not in {'db'}", true, 'missing not in {"db"}'],
    ["role contains 'e'", true, 'role contains "e"'],
    ["missing contains ''", false, 'missing contains ""'],
    ["role starts with 'we'", true, 'role starts with "we"'],
    ["role startswith 'x'", false, 'role starts with "x"'],
    ["role ends with 'eb'", true, 'role ends with "eb"'],
    ["role endswith 'eb'", true, 'role ends with "eb"'],
    ['has(role)', true, 'has(role)'],
    ['has( missing )', false, 'has(missing)'],
    ['!has(missing)', true, '!has(missing)'],
    ['!!has(role)', true, 'has(role)'],
    ['!!!has(role)', false, '!has(role)'],
    ['!(!has(role))', true, 'has(role)'],
    ["!role == 'web'", false, '!role == "web"'],
    ["has(missing) && has(x) || role == 'web'", true, '((has(missing) && has(x)) || role == "web")'],
    ["has(missing) && (has(x) || role == 'web')", false, '(has(missing) && (has(x) || role == "web"))'],
    ["a.b/c-d == 'x y'", true, 'a.b/c-d == "x y"'],
    [`role == 'we"b'`, false, `role == 'we"b'`],
    ["in == 'in'", true, 'in == "in"'],
    ["in in {'in'}", true, 'in in {"in"}'],
    ["has(has) || all == 'x'", false, '(has(has) || all == "x")'],
  ] as const) {
    test(`${JSON.stringify(text)} ${matches ? 'matches' : 'does not match'}`, () => {
      const selector = parseSelector(text)
      expect(selector.matches(labels)).toBe(matches)
      expect(selector.canonical).toBe(canonical)
    })
  }

  for (const [text, why] of [
    ['role', 'must have ==, !=, in, not in, contains, starts with or ends with after the label role at position 5'],
    ['role ==', 'must have a quoted value instead of the end at position 8'],
    ['role == web', 'must have a quoted value instead of web at position 9'],
    ["role = 'web'", 'must not have the character "=" at position 6'],
    ["role == 'web", "must have a closing ' for the value that starts at position 9"],
    ["role == 'web' &&", 'must have a label, has(), all() or ( instead of the end at position 17'],
    ["(role == 'web'", 'must have ) instead of the end at position 15'],
    ["role == 'web')", 'must have && or || before ) at position 14'],
    ["role == 'web' has(x)", 'must have && or || before has at position 15'],
    ["role in 'web'", 'must have { instead of web at position 9'],
    ["role in {'web' 'db'}", 'must have } instead of db at position 16'],
    ["has('x')", 'must have a label in has() instead of x at position 5'],
    ['rôle', 'must not have the character "ô" at position 2'],
    ["a\n== 'b'", 'must not have the character "\\n" at position 2'],
    ['x'.repeat(513), 'must not have a label longer than 512 characters at position 1'],
    [`${'('.repeat(200)}all()`, 'must not nest deeper than 100 levels at position 102'],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 30))} is refused with its position`, () => {
      expect(explainSelector(text)).toBe(why)
      expect(() => parseSelector(text)).toThrow(SelectorError)
    })
  }

  test('no text stops the parser in another way than by its own error', () => {
    const piece = fc.constantFrom(
      'has(',
      ')',
      '(',
      '!',
      '&&',
      '||',
      '==',
      'in',
      'not in',
      '{',
      '}',
      ',',
      "'a'",
      '"',
      'k',
      ' ',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          expect(() => explainSelector(text)).not.toThrow()
        },
      ),
    )
  })
})
