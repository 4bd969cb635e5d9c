import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { formatYaml } from '../src/output/format-yaml.ts'

/** Each is a text here, and something else to one reader of YAML or another when it is bare. */
const words = [
  ...'y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false null Null NULL ~ = <<'.split(' '),
  ...'1_000 1__0 0b11 0B11 0b1_1 0x1F 0X1F 0x_1F -0x1 0o7 0O7 010 08 0_7 +1 +1_0.5 0_x7 -0_b1 98e_-9 0b-1 .5 .5_0 1. 1e3 1E+3 1e3_0'.split(
    ' ',
  ),
  ...'.inf -.INF +.Inf .nan .NaN .NAN 190:20:30 1:20 1:20.5 2001-01-01 2001-12-14t21:59:43.10-05:00 _1 . - +'.split(
    ' ',
  ),
  ...['', ' ', 'a: b', '# x', '2001-01-01 10:00:00', 'a\nb', 'a\n\n', '- x', '%x', '@x', '`x', '? a', '---', '...'],
]
/** Each text as a value, as an item and as a key. */
const holding = (texts: readonly string[]) => ({
  values: Object.fromEntries(texts.map((word, index) => [`k${index}`, word])),
  items: texts,
  keys: Object.fromEntries(texts.map((word, index) => [word, index])),
})

test.each(['1.1', '1.2'] as const)('texts are read as texts by readers of YAML %s', (version) => {
  expect(parse(formatYaml(holding(words)), { version })).toEqual(holding(words))
})

test('any text is read as it was by readers of either YAML', () => {
  const near = fc.string({ unit: fc.constantFrom(...'0123456789abcxXoOeE_+-.:nyNY ~<='), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.oneof(near, fc.string()), { maxLength: 5 }), (texts) => {
      for (const version of ['1.1', '1.2'] as const) {
        expect(parse(formatYaml({ texts }), { version })).toEqual({ texts })
      }
    }),
  )
})

test('what nobody takes for anything else is bare, and what is there twice is written twice', () => {
  const same = { cidr: '10.0.0.0/16' }
  const value = { a: same, b: same, c: ['fd00::/8', '10.0.0.1', '80:90'], d: 'app == "web"' }
  expect(formatYaml(value)).toBe(
    'a:\n  cidr: 10.0.0.0/16\nb:\n  cidr: 10.0.0.0/16\nc:\n  - fd00::/8\n  - 10.0.0.1\n  - 80:90\nd: app == "web"',
  )
})

const kubectl = join(process.env.MANX_COMPONENTS ?? '/nonexistent', 'kubectl')
;(existsSync(kubectl) ? test : test.skip)('kubectl reads every text as it was', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, spec: holding(words) }
  const read = execFileSync(kubectl, ['label', '--local', '-f', '-', 'a=b', '-o', 'json'], {
    input: formatYaml(object),
    encoding: 'utf8',
    env: { KUBECONFIG: '/nonexistent' },
  })
  expect(JSON.parse(read)).toMatchObject({ spec: holding(words) })
})
