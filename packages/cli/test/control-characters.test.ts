import { expect, test } from '@jest/globals'
import { validateDocuments } from '@manx/api'
import type { NodeStatus } from '@manx/process'
import fc from 'fast-check'
import { parse } from 'yaml'
import { describeStatus } from '../src/node/describe-status.ts'
import { formatFindings } from '../src/output/format-findings.ts'
import { formatYaml } from '../src/output/format-yaml.ts'
import { boxTable, plainTable } from '../src/output/tables.ts'
import { visible } from '../src/output/visible.ts'

const evil = 'a\u001b[2J\n::error::fake\r\u009b1m'
const controls = /[^\P{Cc}\n\t]/u

const pool = (name: string, spec: object = { cidr: '10.0.0.0/16' }) =>
  JSON.stringify({ apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name }, spec })
const shown = (text: string, file = 'f') => formatFindings(validateDocuments({ file, text }).findings, [{ file, text }])

test.each<[string, string, string]>([
  ['a name', pool(evil), 'f'],
  ['a key', pool('a', { cidr: '10.0.0.0/16', [evil]: 1 }), 'f'],
  ['a value', pool('a', { cidr: evil }), 'f'],
  ['the name of a file', pool(evil), evil],
  ['two of a name', `${pool(evil)}\n---\n${pool(evil)}`, 'f'],
  ['a line with nothing else wrong', `kind: IPPool # \u001b[2J\u009b\n`, 'f'],
])('a finding about %s is on lines of its own', (_, text, file) => {
  const lines = shown(text, file).split('\n')
  expect(lines.length).toBeGreaterThan(1)
  for (const line of lines) {
    expect(line).not.toMatch(controls)
    expect(line).toMatch(file === 'f' ? /^(f:\d+:\d+: | )/ : /^(a\\u001b|f:| )/)
  }
})

test('of a line of the input the tabs stay, and the mark is under what it marks', () => {
  const text =
    '{kind: IPPool, apiVersion: projectcalico.org/v3,\n\t"a\u001b": 1, metadata: {name: a}, spec: {cidr: "x\u001b"}}'
  const lines = shown(text).split('\n')
  const source = lines.findIndex((line) => line.startsWith(' 2 | \t'))
  const mark = lines[lines.findIndex((line) => line.includes('spec.cidr')) + 3] ?? ''
  expect(mark.indexOf('^')).toBe(lines[source]?.indexOf('"x'))
  expect(mark).toMatch(/^ {3}\| \t +\^{9}$/)
})

test('whatever is in a document, findings begin as findings do', () => {
  const piece = fc.constantFrom('\u001b', '\n', '\r', '\t', '\u009b', '\u0085', '\u0000', '::error::', 'x', '"', '\\')
  const word = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(word, word, word, (name, key, value) => {
      for (const text of [
        pool(name, { [key]: value }),
        formatYaml({ kind: key, metadata: { name } }),
        `${name}: ${key}`,
      ]) {
        const output = shown(text)
        expect(output).not.toMatch(controls)
        for (const line of output === '' ? [] : output.split('\n')) expect(line).toMatch(/^(f:\d+:\d+: | )/)
      }
    }),
  )
})

test('a cell of a table is one line, however wide', () => {
  expect(plainTable(['A', 'B'], [['x\u001b', 'y\n::error::']])).toBe('A         B\nx\\u001b   y\\u000a::error::')
  expect(boxTable(['A'], [['x\n']]).split('\n')).toHaveLength(5)
})

test('the status of a node has no lines but its own', () => {
  const status: NodeStatus = {
    node: evil,
    version: evil,
    startedAt: evil,
    ready: false,
    reasons: [evil],
    components: [{ name: evil, live: true, ready: false, reason: evil }],
    addresses: {},
    datastore: { server: '', synced: true },
    bgp: {
      speaker: { connected: true },
      plan: 'current',
      announced: [],
      routes: { learned: 0, installed: 0, retaining: false },
      findings: [],
    },
    policy: { policies: 0, activePolicies: 0, activeSelectors: 0, sets: 0, setMembers: 0, chains: 0 },
    endpoints: [],
    felix: { endpoints: 0, statistics: {} },
    cni: { attachments: 0, conflist: '' },
    findings: [evil],
    errors: [{ time: '', message: evil }],
    bgpRunning: true,
    peers: [],
  }
  const text = describeStatus(status)
  expect(text).not.toMatch(controls)
  expect(text.split('\n').filter((line) => line.startsWith('::'))).toEqual([])
})

test('YAML and JSON that are made visible mean the same', () => {
  const text = fc.array(
    fc.constantFrom('\u001b', '\u0000', '\u007f', '\u0085', '\u009b', '\n', '\t', ' ', 'x', '\\', '"', "'", '#', ':'),
  )
  fc.assert(
    fc.property(fc.array(text.map((parts) => parts.join(''))), (texts) => {
      const value = { texts, keys: Object.fromEntries(texts.map((one) => [`k${one}`, one])) }
      for (const output of [`${formatYaml(value)}\n`, JSON.stringify(value, undefined, 2)]) {
        expect(visible(output)).not.toMatch(controls)
        // JSON is YAML.
        expect(parse(visible(output)) as unknown).toEqual(parse(output))
      }
    }),
  )
})
