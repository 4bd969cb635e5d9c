import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { defaultCacheFolder, openProgramCache, type ProgramCache } from '../../src/components/program-cache.ts'
import { defaultVersions } from '../../src/components/versions.ts'

let folder: string
let cache: ProgramCache

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-cache-'))
  cache = openProgramCache(folder, defaultVersions, 'amd64')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function store(content: string): Promise<string> {
  const staging = await cache.stage()
  await writeFile(join(staging, 'file'), content)
  const path = await cache.store('etcd', join(staging, 'file'))
  await rm(staging, { recursive: true })
  return path
}

describe('the cache of programs', () => {
  test('keeps a program by component, version and architecture, executable', async () => {
    const path = await store('program')
    expect(path).toBe(join(folder, 'components', 'etcd-3.7.3-amd64', 'etcd'))
    expect((await stat(path)).mode & 0o777).toBe(0o755)
    expect(await cache.find('etcd')).toBe(path)
    expect(await cache.find('runc')).toBeUndefined()
  })

  test('another version is another program', async () => {
    await store('program')
    const other = openProgramCache(folder, { ...defaultVersions, etcd: '3.6.0' }, 'amd64')
    expect(await other.find('etcd')).toBeUndefined()
  })

  test('a changed program counts as not there, and may be replaced', async () => {
    const path = await store('program')
    await writeFile(path, 'PROGRAM')
    expect(await cache.find('etcd')).toBeUndefined()
    await store('program')
    expect(await cache.find('etcd')).toBe(path)
  })

  test('a truncated program counts as not there', async () => {
    await writeFile(await store('program'), 'prog')
    expect(await cache.find('etcd')).toBeUndefined()
  })

  test('a copied cache with other times is hashed once and used', async () => {
    const path = await store('program')
    await utimes(path, 1, 1)
    expect(await cache.find('etcd')).toBe(path)
  })

  test('a program whose writer was killed before its record counts as not there', async () => {
    const path = await store('program')
    await rm(`${path}.json`)
    expect(await cache.find('etcd')).toBeUndefined()
    await writeFile(`${path}.json`, '{"sha256":')
    expect(await cache.find('etcd')).toBeUndefined()
  })

  test('staging removes what dead processes left and spares the living', async () => {
    await mkdir(join(folder, 'components', '.staging-4194305-dead'), { recursive: true })
    const living = await cache.stage()
    await cache.stage()
    const names = await readdir(join(folder, 'components'))
    expect(names).not.toContain('.staging-4194305-dead')
    expect(names.map((name) => join(folder, 'components', name))).toContain(living)
  })

  test('lies where the user says', () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/x' })).toBe('/x/manx')
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '' })).toMatch(/\/\.cache\/manx$/)
  })
})
