import { describe, expect, test } from '@jest/globals'
import { validateDocuments } from '@manx/api'
import { formatFindings } from '../src/output/format-findings.ts'
import { manxctl } from './manxctl.ts'

const head = 'apiVersion: v1\nkind: Secret\nmetadata: {name: bgp}\n'
const annotation = 'kubectl.kubernetes.io/last-applied-configuration'

// In each the password has hunter in it.
const texts: readonly (readonly [string, string, string])[] = [
  ['a key that is there twice', `${head}stringData:\n  password: hunter1\n  password: hunter2\n`, 'DuplicateKey'],
  ['a text that is no YAML', `${head}stringData:\n  password: "hunter\n`, 'Syntax'],
  ['a character that begins no text', `${head}stringData:\n  password: @hunter\n`, 'Syntax'],
  ['a tag', `${head}stringData:\n  password: !hunter 2\n`, 'Syntax'],
  ['an alias', `${head}stringData:\n  password: *hunter\n`, 'Syntax'],
  ['a text in quotes and more', `${head}stringData:\n  password: "x" hunter\n`, 'Syntax'],
  [
    'an annotation that is no text',
    `${head.replace('}', `, annotations: {${annotation}: {a: hunter}}}`)}`,
    'InvalidValue',
  ],
  [
    'one line',
    '{apiVersion: v1, kind: Secret, metadata: {name: a, nmespace: b}, stringData: {a: hunter}}',
    'UnknownField',
  ],
  ['no version', '{kind: Secret, metadata: {name: a}, stringData: {a: hunter}}', 'MissingField'],
  ['a list', '[{a: 1}, {apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: hunter}}]', 'MissingField'],
  ['a list of the kind', '{apiVersion: v1, kind: SecretList, items: [{data: {a: hunter}}, hunter]}', 'MissingField'],
  ['much nesting', `{kind: Secret, data: {a: hunter}, b: ${'['.repeat(20_000)}`, 'Syntax'],
]

describe('what is in a Secret is not shown', () => {
  test.each(texts)('with %s', (_, text, code) => {
    const { findings } = validateDocuments({ file: 'f', text })
    expect(findings.map((one) => one.code)).toContain(code)
    expect(findings.every(({ secret }) => secret === true)).toBe(true)
    const shown = formatFindings(findings, [{ file: 'f', text }])
    expect(shown).toMatch(/^f:\d+:\d+: error: /)
    expect(`${shown}${JSON.stringify(findings)}`).not.toContain('hunter')
  })

  test.each([...texts, ['JSON that goes on', '{"kind":"Secret","data":{"a":"hunter" "b"}}', '']])(
    'with %s, when it is turned over',
    async (_, text) => {
      const { stdout, stderr } = await manxctl(['convert', '-f', '-'], text)
      expect(stderr.length).toBeGreaterThan(0)
      expect(`${stdout}${stderr.join('\n')}`).not.toContain('hunter')
    },
  )

  test('with a word that kubectl takes for true, not even that', () => {
    const text = `${head}stringData:\n  password: yes\n`
    const { findings } = validateDocuments({ file: 'f', text })
    expect(formatFindings(findings, [{ file: 'f', text }])).toBe(
      'f:5:13: warning: stringData.password is read as something else by kubectl: write it in quotes\n   | Secret bgp (document 1)',
    )
    expect(findings[0]).not.toHaveProperty('value')
  })
})

test('names and labels of a Secret are told, and lines of other documents are shown', () => {
  const text = `${head.replace('}', ', labels: {a: "-"}}')}---\n${head.replace('Secret', 'ConfigMap').replace('}', ', labels: {a: "-"}}')}`
  const shown = formatFindings(validateDocuments({ file: 'f', text }).findings, [{ file: 'f', text }]).split('\n')
  const message = 'must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends, not "-"'
  expect(shown).toEqual([
    `f:3:35: error: metadata.labels[a] ${message}`,
    '   | Secret bgp (document 1)',
    `f:7:35: error: metadata.labels[a] ${message}`,
    '   | ConfigMap bgp (document 2)',
    ' 7 | metadata: {name: bgp, labels: {a: "-"}}',
    '   |                                   ^^^',
  ])
})
