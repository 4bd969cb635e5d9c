import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const script = join(import.meta.dirname, '..', 'install-cni.cjs')
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-install-'))
  for (const name of ['source', 'target']) await mkdir(join(folder, name))
  for (const name of ['manx', 'portmap']) await writeFile(join(folder, 'source', name), `new ${name}`, { mode: 0o755 })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const install = (env: NodeJS.ProcessEnv = {}) =>
  execFileSync(process.execPath, [script, join(folder, 'source'), join(folder, 'target')], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
const target = (name: string) => readFile(join(folder, 'target', name), 'utf8')

describe('the init container', () => {
  test('installs what is not there, executable, and nothing else', async () => {
    install()
    expect(await readdir(join(folder, 'target'))).toEqual(['manx', 'portmap'])
    expect((await stat(join(folder, 'target', 'manx'))).mode & 0o777).toBe(0o755)
  })

  test("updates the pipe and leaves the host's own plugins", async () => {
    for (const name of ['manx', 'portmap']) await writeFile(join(folder, 'target', name), 'old')
    expect(install()).toContain("portmap is the host's")
    expect(await target('manx')).toBe('new manx')
    expect(await target('portmap')).toBe('old')
    install({ UPDATE_CNI_BINARIES: 'true' })
    expect(await target('portmap')).toBe('new portmap')
  })

  test('run again changes nothing', async () => {
    install()
    const before = await stat(join(folder, 'target', 'manx'))
    expect(install()).toBe('')
    expect((await stat(join(folder, 'target', 'manx'))).ino).toBe(before.ino)
  })
})
