import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readDocuments } from '@manx/api'
import { checkSources } from '../src/documents/check-sources.ts'
import { readInput } from '../src/documents/read-sources.ts'
import type { Terminal } from '../src/terminal.ts'

const pool = (name: string, cidr = '10.0.0.0/16') =>
  `apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: ${name}}\nspec: {cidr: ${cidr}}\n`
const terminal: Terminal = {
  environment: {},
  print: () => undefined,
  warn: () => undefined,
  readInput: async () => pool('from-input'),
}
const options = { namesOnly: false, namespace: 'default', skipEmpty: false }

test('a number that would be rounded is not written', () => {
  const documents = (number: string) =>
    `apiVersion: projectcalico.org/v3
kind: IPAMBlock
metadata: {name: 10-0-0-0-30}
spec:
  cidr: 10.0.0.0/30
  allocations: [null, null, null, null]
  unallocated: [0, 1, 2, 3]
  attributes: []
  strictAffinity: false
  sequenceNumber: ${number}
`
  const check = (number: string) => {
    const sources = [{ file: 'f', text: documents(number) }]
    return checkSources({ sources, read: readDocuments(sources) }, options)
  }
  expect(check('1762738300000000000')).toMatchObject({ items: { length: 1 }, warnings: '' })
  expect(() => check('1762738300000000001')).toThrow(
    /^f:10:19: error: spec\.sequenceNumber would be written as 1762738300000000000 by manxctl: write it with kubectl/,
  )
})

describe('the input', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manxctl-'))
    await mkdir(join(folder, 'below'))
    await writeFile(join(folder, 'two.yaml'), `---\n${pool('a')}---\n# nothing here\n---\n${pool('b')}`)
    const items = ['x', 'y'].map((name) => ({
      apiVersion: 'projectcalico.org/v3',
      kind: 'BGPFilter',
      metadata: { name },
      spec: {},
    }))
    await writeFile(join(folder, 'list.json'), JSON.stringify({ kind: 'List', items }))
    await writeFile(join(folder, 'below', 'c.yml'), `kind: IPPoolList\nitems:\n- ${pool('c').replaceAll('\n', '\n  ')}`)
    await writeFile(join(folder, 'notes.txt'), 'not read')
    await writeFile(join(folder, 'below', 'empty.yaml'), '# only a comment\n')
  })
  afterAll(() => rm(folder, { recursive: true }))

  const places = async (sources: readonly string[], { recursive = false, skipEmpty = false } = {}) => {
    const { items } = checkSources(await readInput(sources, { recursive }, terminal), { ...options, skipEmpty })
    return items.map(({ place }) => place.replace(`${folder}/`, ''))
  }

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

  test('of a mounted ConfigMap, where all files are links, is read once', async () => {
    const mount = join(folder, 'mount')
    await mkdir(join(mount, '..2026_01_01'), { recursive: true })
    await writeFile(join(mount, '..2026_01_01', 'd.yaml'), pool('d'))
    await symlink('..2026_01_01', join(mount, '..data'))
    await symlink('..data/d.yaml', join(mount, 'd.yaml'))
    await symlink('..data', join(mount, 'folder.yaml'))
    for (const recursive of [false, true]) {
      expect(await places([mount], { recursive })).toEqual(['mount/d.yaml, document 1'])
    }
    await symlink('nowhere', join(mount, 'e.yaml'))
    await expect(places([mount])).rejects.toThrow(/cannot read .*e\.yaml: ENOENT/)
    await rm(mount, { recursive: true })
  })

  test('that is missing is named', async () => {
    await expect(places([join(folder, 'none.yaml')])).rejects.toThrow(/cannot read .*none\.yaml/)
  })
})

describe('checking', () => {
  const check = (text: string, overrides = {}) => {
    const sources = [{ file: 'a.yaml', text }]
    return checkSources({ sources, read: readDocuments(sources) }, { ...options, ...overrides })
  }

  test('names everything that is wrong, with place, path, what is allowed, what there is and the line', () => {
    const text = [
      pool('ok'),
      `${pool('bad', '10.1.0.1/16').slice(0, -2)}, natOutgoing: 1}\n`,
      pool('old').replace('projectcalico.org/v3', 'v1'),
      pool('typo').replace('IPPool', 'IPPol'),
      'text\n',
      'a: [1\n',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
    ].join('---\n')
    const message = messageOf(() => check(text))
    expect(message.split('\n').slice(0, 4)).toEqual([
      'a.yaml:9:14: error: spec.cidr must have no bits set beyond its length: write 10.1.0.0/16, not "10.1.0.1/16"',
      '   | IPPool bad (document 2)',
      ' 9 | spec: {cidr: 10.1.0.1/16, natOutgoing: 1}',
      '   |              ^^^^^^^^^^^',
    ])
    expect(message).toContain('a.yaml:9:40: error: spec.natOutgoing must be true or false, not 1\n')
    expect(message).toContain(
      'a.yaml:11:13: error: apiVersion must be projectcalico.org/v3 for IPPool, not "v1"\n    | IPPool old (document 3)\n',
    )
    expect(message).toContain('a.yaml:17:7: error: kind is no kind of projectcalico.org/v3: write IPPool\n')
    expect(message).toContain('a.yaml:21:1: error: must be an object with apiVersion, kind, metadata and spec\n')
    expect(message).toContain('error: is not YAML: ')
    expect(message).toContain('error: kind of apps/v1 is not for manxctl: kubectl apply -f\n')
    expect(message).not.toContain('document 1)')
  })

  test('gives objects the namespace of the command line where they say none', () => {
    const policy = (name: string) =>
      `apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: ${name}}\nspec: {}\n`
    const other = policy('b').replace('{name: b}', '{name: b, namespace: shop}')
    const { items } = check(`${policy('a')}---\n${other}`, { namespace: 'team' })
    expect(items.map(({ object }) => object.metadata.namespace)).toEqual(['team', 'shop'])
  })

  test('needs only kind and name to delete', () => {
    const text = 'apiVersion: projectcalico.org/v3\nkind: BGPPeer\nmetadata: {name: tor}\n'
    expect(check(text, { namesOnly: true }).items).toMatchObject([{ kind: { kind: 'BGPPeer' } }])
    expect(messageOf(() => check(text.replace('{name: tor}', '{}'), { namesOnly: true }))).toContain(
      'metadata.name is required',
    )
  })

  test('says what may not be meant so, and lets it pass', () => {
    const { items, warnings } = check(`${pool('a')}---\n${pool('b')}`)
    expect(items).toHaveLength(2)
    expect(warnings).toContain('a.yaml:9:14: warning: spec.cidr overlaps 10.0.0.0/16 of IPPool a (a.yaml, document 1)')
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
