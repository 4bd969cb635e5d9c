import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
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

  test('brings its own portmap up to date', () => {
    installCni({ from, to, updateAll: false })
    writeFileSync(join(from, 'portmap'), 'newer portmap')
    expect(installCni({ from, to, updateAll: false }).installed).toEqual([join(to, 'portmap')])
  })
})
