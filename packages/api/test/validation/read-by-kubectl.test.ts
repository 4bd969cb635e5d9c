import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'yaml'
import { kubectlNumber, readByKubectl } from '../../src/validation/yaml/read-by-kubectl.ts'

const rows: readonly (readonly [string, number | boolean | undefined])[] = [
  ...(['y', 'Y', 'yes', 'On'] as const).map((text) => [text, true] as const),
  ...(['n', 'No', 'OFF'] as const).map((text) => [text, false] as const),
  ...(['true', 'yEs', '', '-', '+', '_', '0x', '0o', '0b2', '0xg'] as const).map((text) => [text, undefined] as const),
  ...[['0123', 83] as const, ['-0123', -83] as const, ['+017', 15] as const, ['089', 89] as const, ['00', 0] as const],
  ...[
    ['0x1F', 31] as const,
    ['0X1f', 31] as const,
    ['-0x1', -1] as const,
    ['0o17', 15] as const,
    ['0O17', 15] as const,
  ],
  ...[
    ['0b11', 3] as const,
    ['0B11', 3] as const,
    ['0b-1', -1] as const,
    ['0b+1', 1] as const,
    ['-0b-1', undefined] as const,
  ],
  ...[['1_000', 1000] as const, ['1_', 1] as const, ['_1', undefined] as const, ['-_1', -1] as const],
  ...[['0_x_1', 1] as const, ['1_0.5_', 10.5] as const, ['1e_3', 1000] as const, ['1.', 1] as const],
  ...[
    ['.5', 0.5] as const,
    ['.5_0', 0.5] as const,
    ['.5_', undefined] as const,
    ['._5', undefined] as const,
    ['-._5', -0.5] as const,
  ],
  ...[['9223372036854775808', 2 ** 63] as const, ['18446744073709551616', 2 ** 64] as const],
  ...[
    ['0xffffffffffffffff', 2 ** 64] as const,
    ['0x10000000000000000', undefined] as const,
    ['1e400', undefined] as const,
  ],
  ...[['190:20:30', undefined] as const, ['2001-01-01', undefined] as const, ['10.0.0.1', undefined] as const],
]

test.each(rows)('%s is read by kubectl as %s', (text, meaning) => {
  expect(readByKubectl(text)).toBe(meaning)
  if (typeof meaning === 'number' && typeof parse(text) === 'string') expect(text).toMatch(kubectlNumber)
})

const kubectl = join(process.env.MANX_COMPONENTS ?? '/nonexistent', 'kubectl')
;(existsSync(kubectl) ? test : test.skip)('kubectl itself reads numbers, words and keys so', () => {
  const near = ['0123456789abcxXoOeE_+-.:', '01_.', '0178xob_-+', '1289e+-._', '0_xb1f-+', 'yYnNoOfFeEsS'].map((unit) =>
    fc.string({ unit: fc.constantFrom(...unit), minLength: 1, maxLength: 6 }),
  )
  const texts = [...rows.map(([text]) => text), ...fc.sample(fc.oneof(...near), { numRuns: 4000, seed: 1 })]
  // What is a text or a number alone on its line, and does not begin a list or a map.
  const plain = [...new Set(texts)].filter((text) => text !== 'true' && /^[^-?:]|^-[^-]/.test(text) && !/:$/.test(text))
  const list = plain.map((text) => `- ${text}\n`).join('')
  const object = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nspec:\n${list}`
  const read = execFileSync(kubectl, ['label', '--local', '-f', '-', 'a=b', '-o', 'json'], {
    input: object,
    encoding: 'utf8',
    env: { KUBECONFIG: '/nonexistent' },
  })
  const { spec } = JSON.parse(read) as { readonly spec: readonly unknown[] }
  // There is one 0 only.
  const shown = (value: unknown) => (typeof value === 'string' ? undefined : value === 0 ? 0 : value)
  const seen = plain.map((text, index) => [text, shown(spec[index])])
  expect(seen).toEqual(plain.map((text) => [text, shown(readByKubectl(text))]))
  for (const [index, text] of plain.entries()) {
    if (typeof spec[index] === 'number' && typeof parse(text) === 'string') expect(text).toMatch(kubectlNumber)
  }
})
