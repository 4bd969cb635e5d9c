import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { conflist, foreignConflists, writeConflist } from '../src/conflist.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-conf-'))
  path = join(folder, '10-manx.conflist')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the configuration of the runtime', () => {
  test('chains portmap behind manx', () => {
    expect(JSON.parse(conflist({ mtu: 1400 }))).toEqual({
      name: 'k8s-pod-network',
      cniVersion: '1.0.0',
      cniVersions: ['1.0.0', '1.1.0'],
      plugins: [
        { type: 'manx', mtu: 1400 },
        { type: 'portmap', snat: true, capabilities: { portMappings: true } },
      ],
    })
  })

  test('is written once, whole, and for root alone', () => {
    expect(writeConflist(path, conflist())).toBe(true)
    expect(writeConflist(path, conflist())).toBe(false)
    expect(readFileSync(path, 'utf8')).toBe(conflist())
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['10-manx.conflist'])
  })

  test('names the others that the runtime prefers', () => {
    for (const file of ['05-cilium.conflist', '10-calico.conflist', '00-readme.txt', '99-loopback.conf']) {
      writeFileSync(join(folder, file), '{}')
    }
    expect(foreignConflists(path)).toEqual([join(folder, '05-cilium.conflist'), join(folder, '10-calico.conflist')])
    expect(foreignConflists('/nowhere/10-manx.conflist')).toEqual([])
  })
})
