import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { checkDocuments } from '../src/documents/check-documents.ts'
import { readDocuments } from '../src/documents/read-documents.ts'
import type { Terminal } from '../src/terminal.ts'

const pool = (name: string, cidr = '10.0.0.0/16') =>
  `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: ${name}}\nspec: {cidr: ${cidr}}\n`
const terminal: Terminal = {
  environment: {},
  print: () => undefined,
  warn: () => undefined,
  readInput: async () => pool('from-input'),
}
const options = { recursive: false, skipEmpty: false }

describe('the input', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manxctl-'))
    await mkdir(join(folder, 'below'))
    await writeFile(join(folder, 'two.yaml'), `---\n${pool('a')}---\n# nothing here\n---\n${pool('b')}`)
    await writeFile(join(folder, 'list.json'), JSON.stringify({ kind: 'List', items: [{ kind: 'x' }, { kind: 'y' }] }))
    await writeFile(join(folder, 'below', 'c.yml'), `kind: IPPoolList\nitems:\n- ${pool('c').replaceAll('\n', '\n  ')}`)
    await writeFile(join(folder, 'notes.txt'), 'not read')
    await writeFile(join(folder, 'below', 'empty.yaml'), '# only a comment\n')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const places = async (sources: readonly string[], overrides = {}) =>
    (await readDocuments(sources, { ...options, ...overrides }, terminal)).map(({ place }) =>
      place.replace(`${folder}/`, ''),
    )

  test('is taken apart into documents and items of lists', async () => {
    expect(await places([folder])).toEqual([
      'list.json, document 1, item 1',
      'list.json, document 1, item 2',
      'two.yaml, document 1',
      'two.yaml, document 3',
    ])
  })

  test('of folders below is read only when asked for', async () => {
    expect(await places([folder], { recursive: true, skipEmpty: true })).toContain('below/c.yml, document 1, item 1')
    await expect(places([folder], { recursive: true })).rejects.toThrow(/there are no resources in .*empty\.yaml/)
  })

  test('can come on standard input', async () => {
    expect(await places(['-'])).toEqual(['standard input, document 1'])
  })

  test('that is missing or broken is named', async () => {
    await expect(places([join(folder, 'none.yaml')])).rejects.toThrow(/cannot read .*none\.yaml/)
    const broken = { ...terminal, readInput: async () => 'a: [1\n' }
    await expect(readDocuments(['-'], options, broken)).rejects.toThrow(/^standard input, document 1 is not YAML: /)
  })
})

describe('checking', () => {
  test('names everything that is wrong, with place, path, what is allowed and what there is', () => {
    const documents = [
      {
        place: 'a, document 1',
        value: {
          apiVersion: 'projectcalico.org/v3',
          kind: 'IPPool',
          metadata: { name: 'ok' },
          spec: { cidr: '10.0.0.0/16' },
        },
      },
      {
        place: 'a, document 2',
        value: {
          apiVersion: 'projectcalico.org/v3',
          kind: 'IPPool',
          metadata: { name: 'bad' },
          spec: { cidr: '10.0.0.1/16', natOutgoing: 'yes' },
        },
      },
      { place: 'a, document 3', value: { apiVersion: 'v1', kind: 'IPPool', metadata: { name: 'x' }, spec: {} } },
      { place: 'a, document 4', value: { apiVersion: 'projectcalico.org/v3', kind: 'IPPol' } },
      { place: 'a, document 5', value: 'text' },
    ]
    const message = messageOf(() => checkDocuments(documents, { namesOnly: false }))
    expect(message).toMatch(/^a, document 2 \(IPPool bad\):\n/)
    expect(message).toMatch(
      /\n {2}spec\.cidr must have no bits set beyond its length: write 10\.0\.0\.0\/16, not "10\.0\.0\.1\/16"\n/,
    )
    expect(message).toMatch(/\n {2}spec\.natOutgoing .*, not "yes"\n/)
    expect(message).toContain('a, document 3:\n  apiVersion: must be projectcalico.org/v3 for IPPool, not "v1"')
    expect(message).toContain('a, document 4:\n  kind: must be one of BGPConfiguration, BGPFilter, BGPPeer, ')
    expect(message).toContain('a, document 5:\n  must be an object')
    expect(message).not.toContain('document 1')
  })

  test('needs only kind and name to delete', () => {
    const value = { apiVersion: 'projectcalico.org/v3', kind: 'BGPPeer', metadata: { name: 'tor' } }
    expect(checkDocuments([{ place: 'a', value }], { namesOnly: true })).toMatchObject([{ kind: { kind: 'BGPPeer' } }])
  })
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  throw new Error('nothing was thrown')
}
