import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { readEnvironment } from '../../src/config/read-environment.ts'

test('settings come from a mounted ConfigMap, and variables go before them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'manx-settings-'))
  mkdirSync(join(folder, '..2026_01_01'))
  symlinkSync('..2026_01_01', join(folder, '..data'))
  for (const [name, value] of [
    ['IP', 'autodetect\n'],
    ['AS', '64512'],
  ] as const) {
    writeFileSync(join(folder, '..data', name), value)
    symlinkSync(join('..data', name), join(folder, name))
  }
  expect(readEnvironment({ MANX_SETTINGS_DIR: folder, AS: '65000' })).toEqual({ IP: 'autodetect\n', AS: '65000' })
  expect(readEnvironment({ AS: '65000' })).toEqual({ AS: '65000' })
  rmSync(folder, { recursive: true })
  expect(() => readEnvironment({ MANX_SETTINGS_DIR: folder })).toThrow(`MANX_SETTINGS_DIR=${folder}: must be a folder`)
})
