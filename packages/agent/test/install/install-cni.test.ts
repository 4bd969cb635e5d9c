import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { run } from '@manx/testbed'
import { installCni } from '../../src/install/install-cni.ts'
import { removeInstalled } from '../../src/install/installed-files.ts'

let root: string
let from: string
let to: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'manx-install-'))
  from = join(root, 'from')
  to = join(root, 'to', 'bin')
  mkdirSync(from)
  for (const name of ['manx', 'portmap']) writeFileSync(join(from, name), `new ${name}`)
})
afterEach(() => rmSync(root, { recursive: true }))

describe('the removal', () => {
  test('takes what was installed, and leaves what is of the host or was changed since', () => {
    mkdirSync(to, { recursive: true })
    writeFileSync(join(to, 'portmap'), 'of the host')
    writeFileSync(join(from, 'loopback'), 'new loopback')
    installCni({ from, to, updateAll: false })
    writeFileSync(join(to, 'loopback'), 'of another network')
    removeInstalled(to)
    expect(readdirSync(to)).toEqual(['loopback', 'portmap'])
    removeInstalled(to)
  })
})

describe('the installation', () => {
  test('puts the executables there, once', () => {
    const files = [join(to, 'manx'), join(to, 'portmap')]
    expect(installCni({ from, to, updateAll: false })).toEqual({ installed: files, kept: [] })
    expect(statSync(join(to, 'manx')).mode & 0o777).toBe(0o755)
    expect(readdirSync(to)).toEqual(['.manx-installed.json', 'manx', 'portmap'])
    expect(installCni({ from, to, updateAll: false })).toEqual({ installed: [], kept: [] })
  })

  test("leaves the host's portmap alone, unless told otherwise", () => {
    mkdirSync(to, { recursive: true })
    for (const name of ['manx', 'portmap', 'bridge']) writeFileSync(join(to, name), `old ${name}`)
    installCni({ from, to, updateAll: false })
    const read = (name: string) => readFileSync(join(to, name), 'utf8')
    expect([read('manx'), read('portmap'), read('bridge')]).toEqual(['new manx', 'old portmap', 'old bridge'])
    installCni({ from, to, updateAll: true })
    expect(read('portmap')).toBe('new portmap')
  })

  test.each([
    ['1', 0, 'new portmap'],
    ['True', 0, 'new portmap'],
    ['no', 0, 'old portmap'],
    ['', 0, 'old portmap'],
    ['maybe', 2, 'old portmap'],
  ])('is told so as every other setting is: %j', async (value, code, expected) => {
    mkdirSync(to, { recursive: true })
    writeFileSync(join(to, 'portmap'), 'old portmap')
    const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
    const ended = await run(process.execPath, [main, 'cni', 'install', from, to], {
      env: { UPDATE_CNI_BINARIES: value },
    })
    expect(ended).toMatchObject({
      code,
      stderr: code === 0 ? '' : expect.stringContaining('UPDATE_CNI_BINARIES=maybe'),
    })
    expect(readFileSync(join(to, 'portmap'), 'utf8')).toBe(expected)
  })

  test('brings its own portmap up to date', () => {
    installCni({ from, to, updateAll: false })
    writeFileSync(join(from, 'portmap'), 'newer portmap')
    expect(installCni({ from, to, updateAll: false }).installed).toEqual([join(to, 'portmap')])
  })
})
