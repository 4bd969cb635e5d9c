import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { idleKindEffect, NetworkSet } from '@manx/api'
import { parseAllDocuments } from 'yaml'
import { manxctl } from './manxctl.ts'

const examples = new URL('../../api/test/convert/', import.meta.url)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manxctl-convert-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const read = (yaml: string) =>
  parseAllDocuments(yaml, { intAsBigInt: true }).map((document) => document.toJS() as Record<string, unknown>)

test('what Calico has stored comes out as YAML, with notes on standard error', async () => {
  const { code, stdout, stderr } = await manxctl(['convert', '-f', new URL('stored.yaml', examples).pathname])
  const objects = read(stdout)
  expect(objects).toHaveLength(22)
  expect(new Set(objects.map(({ apiVersion }) => apiVersion))).toEqual(new Set(['projectcalico.org/v3']))
  expect(objects.find(({ kind }) => kind === 'IPAMBlock')?.spec).toMatchObject({ sequenceNumber: 1706781600123456789n })
  const idle = stderr.filter((line) =>
    /^lost: .*: (is turned over|spec\.\S+ is kept), but not in force yet: /.test(line),
  )
  const losses = idle.length === 0 ? 'nothing was lost' : `${idle.length} lost`
  expect(code).toBe(idle.length === 0 ? 0 : 3)
  expect(stderr.at(-1)).toBe(`22 resources, ${losses}, 3 notes`)
  const others = stderr.slice(0, -1).filter((line) => !idle.includes(line))
  expect(others.every((line) => line.startsWith('note: '))).toBe(true)
  // It is the same when it is turned over once more.
  const again = await manxctl(['convert', '-f', '-'], stdout)
  expect(again).toMatchObject({ code, stdout })
  expect(again.stderr.slice(0, -1)).toHaveLength(idle.length)
})

test('an export comes out as JSON; what is lost is said, and ends with 3', async () => {
  const text = readFileSync(new URL('export.txt', examples), 'utf8')
  const { code, stdout, stderr } = await manxctl(['convert', '-f', '-', '-o', 'json'], text)
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({ apiVersion: 'v1', kind: 'List', items: { length: 8 } })
  expect(stdout).toContain('"sequenceNumber": 1706781600123456789')
  const lost = stderr.filter((line) => line.startsWith('lost: '))
  expect(lost.filter((line) => !line.includes('not in force yet'))).toEqual([
    expect.stringContaining('spec.ipipMode is Never now'),
    expect.stringContaining('kubectl annotate node worker-1'),
  ])
  expect(stderr.at(-1)).toMatch(new RegExp(`^8 resources, ${lost.length} lost, \\d notes?$`))
})

test('one resource is printed alone, in the namespace that was asked for', async () => {
  const file = join(folder, 'set.yaml')
  await writeFile(file, 'apiVersion: crd.projectcalico.org/v1\nkind: NetworkSet\nmetadata: {name: a}\nspec: {}\n')
  const { code, stdout } = await manxctl(['convert', '-f', file, '-n', 'shop', '-o', 'json'])
  expect([code, JSON.parse(stdout)]).toEqual([
    idleKindEffect(NetworkSet) === undefined ? 0 : 3,
    { apiVersion: 'projectcalico.org/v3', kind: 'NetworkSet', metadata: { name: 'a', namespace: 'shop' }, spec: {} },
  ])
  const without = await manxctl(['convert', '-f', file])
  expect([without.code, without.stdout]).toEqual([3, ''])
})

test.each<[string, readonly string[], string, number, RegExp]>([
  ['no file', [], '', 2, /say what to convert/],
  ['a file that is not there', ['-f', '/nowhere.yaml'], '', 1, /cannot read \/nowhere\.yaml/],
  ['nothing in it', ['-f', '-'], '# nothing', 1, /there are no resources in standard input/],
  ['what is not YAML', ['-f', '-'], 'a: [', 3, /^lost: standard input, document 1: is not YAML/],
])('%s is said', async (_, args, input, code, message) => {
  const result = await manxctl(['convert', ...args], input)
  expect([result.code, result.stderr[0]]).toEqual([code, expect.stringMatching(message)])
})
