import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { splitDocuments } from '../../src/validation/yaml/split-documents.ts'

const textsOf = (text: string) => splitDocuments(text).map((chunk) => chunk.text)

test.each<[string, string, readonly string[]]>([
  ['nothing', '', []],
  ['one document', 'a: 1\n', ['a: 1\n']],
  ['one that begins with the mark', '---\na: 1', ['---\na: 1']],
  ['two', 'a: 1\n---\nb: 2\n', ['a: 1\n', '---\nb: 2\n']],
  ['two with nothing between', '---\n---\n', ['---\n', '---\n']],
  ['something on the line of the mark', 'a\n--- b\n---\tc\n---', ['a\n', '--- b\n', '---\tc\n', '---']],
  ['what only looks like a mark', 'a\n----\n---b\n ---\n', ['a\n----\n---b\n ---\n']],
  [
    'comments before the first',
    '\uFEFF# a\n\n \t# b\r\n%YAML 1.2\n---\na\n',
    ['\uFEFF# a\n\n \t# b\r\n%YAML 1.2\n---\na\n'],
  ],
  ['a comment before the second', 'a\n# b\n---\nc\n', ['a\n# b\n', '---\nc\n']],
  ['CRLF', 'a\r\n---\r\nb\r\n', ['a\r\n', '---\r\nb\r\n']],
  ['a mark in a text of several lines', 'a: |\n  x\n---\nb\n', ['a: |\n  x\n', '---\nb\n']],
])('%s', (_, text, expected) => {
  expect(textsOf(text)).toEqual(expected)
})

test('a million lines of comments before the first document stay with it', () => {
  const text = `${'# a comment\n'.repeat(1_000_000)}---\na: 1\n`
  expect(splitDocuments(text)).toEqual([{ text, offset: 0 }])
})

test('the parts are the whole, and say where they are', () => {
  const part = fc.constantFrom('---', '--- a', '# c', '%Y', 'a: 1', '', ' ', '\uFEFF', '\r', '----')
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('\n')
      const chunks = splitDocuments(text)
      expect(chunks.map((chunk) => chunk.text).join('')).toBe(text)
      for (const chunk of chunks) expect(text.startsWith(chunk.text, chunk.offset)).toBe(true)
      for (const chunk of chunks.slice(1)) expect(chunk.text).toMatch(/^---([ \t\r\n]|$)/)
    }),
  )
})
