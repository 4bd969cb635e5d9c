import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { lastKnownGood } from '../../src/inputs/last-known-good.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manx-known-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const state = {
  pools: [{ metadata: { name: 'a' }, spec: { cidr: '10.0.0.0/16' } }],
  felixConfigurations: [],
  hostAddresses: ['10.1.0.1'],
}

test('what was known is there after a reboot, for root alone', () => {
  lastKnownGood(folder, silentLogger).write(state)
  expect(lastKnownGood(folder, silentLogger).read()).toMatchObject(state)
  expect(statSync(join(folder, 'inputs.json')).mode & 0o777).toBe(0o600)
})

test.each(['', '{', '{"version":2}', '{"version":1,"pools":{}}'])('a broken file (%j) is as none', (text) => {
  writeFileSync(join(folder, 'inputs.json'), text)
  expect(lastKnownGood(folder, silentLogger).read()).toBeUndefined()
})

test('a folder that cannot be written is no reason to stop', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => lastKnownGood(file, silentLogger).write(state)).not.toThrow()
})
