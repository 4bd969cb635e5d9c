import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { type KubernetesObject, validateDocuments } from '../../src/index.ts'

interface Case {
  readonly title: string
  readonly text: string
  readonly findings: readonly string[]
}

/** The cases of `documents-findings.txt`. */
function readCases(): Case[] {
  const file = readFileSync(join(import.meta.dirname, 'documents-findings.txt'), 'utf8')
  return file
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n')
      const isFinding = (line: string) => line.startsWith('--> ')
      const text = lines.filter((line) => !isFinding(line)).join('\n')
      return { title, text, findings: lines.filter(isFinding).map((line) => line.slice(4)) }
    })
}

describe('validateDocuments finds in', () => {
  test.each(readCases().map((one) => [one.title, one] as const))('%s', (_, { text, findings: wanted }) => {
    // What is not in force yet has tests of its own.
    const findings = validateDocuments(text).findings.filter(({ code }) => code !== 'NoEffect')
    const found = findings.map(({ line, column, severity, code, path, message }) =>
      `${line}:${column} ${severity} ${code} ${path}: ${message}`
        .replaceAll('(input, ', '(f, ')
        .replaceAll('in input, ', 'in f, '),
    )
    expect(found).toEqual(wanted)
  })
})

const pool = (name: string, spec: string) =>
  `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: ${name}}\nspec: ${spec}\n`

describe('a finding', () => {
  test('has all that a tool needs to show it', () => {
    const text = `${pool('a', '{cidr: 10.1.0.0/16}')}---\n${pool('b', '\n  cidr: 10.0.0.0/16\n  ipipMode: never')}`
    expect(validateDocuments({ file: 'pools.yaml', text }).findings).toEqual([
      {
        file: 'pools.yaml',
        line: 11,
        column: 13,
        width: 5,
        severity: 'error',
        code: 'InvalidValue',
        document: 2,
        kind: 'IPPool',
        name: 'b',
        path: 'spec.ipipMode',
        value: 'never',
        message: 'must be Never',
        suggestion: 'Never',
      },
    ])
  })

  test('suggests no word that is there, and none that is refused', () => {
    const suggestions = ['Always', 'never', 'crosssubnet'].map((mode) => {
      const [finding] = validateDocuments(pool('a', `{cidr: 10.1.0.0/16, ipipMode: ${mode}}`)).findings
      return finding?.suggestion
    })
    expect(suggestions).toEqual([undefined, 'Never', undefined])
  })

  test('names the other place that it is about', () => {
    const text = `${pool('a', '{cidr: 10.0.0.0/16}')}---\n${pool('b', '{cidr: 10.0.0.0/20}')}`
    const [finding] = validateDocuments({ file: 'pools.yaml', text }).findings
    expect(finding?.related).toEqual([{ file: 'pools.yaml', line: 4, column: 14, width: 11, message: 'IPPool a' }])
  })

  test('is in the order of the files and their lines', () => {
    const files = ['z.yaml', 'a.yaml'].map((file) => ({
      file,
      text: `${pool(`one-${file}`, '{cidr: x}')}---\n${pool(`two-${file}`, '{cidr: x}')}`,
    }))
    const places = validateDocuments(files).findings.map(({ file, line }) => `${file}:${line}`)
    expect(places).toEqual(['z.yaml:4', 'z.yaml:9', 'a.yaml:4', 'a.yaml:9'])
  })
})

describe('beside what a cluster has', () => {
  const object = (apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject => ({
    apiVersion,
    kind,
    metadata: { name },
    ...rest,
  })
  const calico = 'projectcalico.org/v3'
  const everything = new Set(['projectcalico.org/IPPool', 'projectcalico.org/Tier', '/Node'])

  test('an object of a document takes the place of the stored one', () => {
    const stored = object(calico, 'IPPool', 'a', { spec: { cidr: '10.0.0.0/16' } })
    const validate = (name: string) =>
      validateDocuments(pool(name, '{cidr: 10.0.0.0/20}'), {
        cluster: { objects: [stored], complete: everything },
      }).findings.map(({ code, message }) => `${code} ${message}`)
    expect(validate('a')).toEqual([])
    expect(validate('b')).toEqual([
      'OverlappingPools overlaps 10.0.0.0/16 of IPPool a (the cluster): only one of both gives out addresses',
    ])
  })

  test('faults of what is stored only are not those of the documents', () => {
    const objects = ['a', 'b'].map((name) => object(calico, 'IPPool', name, { spec: { cidr: '10.0.0.0/16' } }))
    expect(
      validateDocuments(pool('c', '{cidr: 10.1.0.0/16}'), { cluster: { objects, complete: everything } }).findings,
    ).toEqual([])
  })

  test('a kind that could not be read is not taken for empty', () => {
    const text = `apiVersion: ${calico}\nkind: BGPPeer\nmetadata: {name: a}\nspec: {peerIP: 192.0.2.1, asNumber: 1, node: n1}\n`
    const validate = (complete: ReadonlySet<string>) =>
      validateDocuments(text, { cluster: { objects: [], complete } }).findings.map(({ code }) => code)
    expect(validate(new Set())).toEqual([])
    expect(validate(everything)).toEqual(['UnknownName'])
  })
})
