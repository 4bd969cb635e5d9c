import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { effectiveFelixConfiguration, type FelixConfiguration, silentLogger } from '@manx/api'
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
  bgpConfigurations: [{ metadata: { name: 'default', uid: 'u1' }, spec: { asNumber: 65001 } }],
  bgpPeers: [{ metadata: { name: 'tor', uid: 'u2' }, spec: { peerIP: '192.0.2.1', asNumber: 65000 } }],
}

const configuration = (name: string, spec: FelixConfiguration['spec']): FelixConfiguration => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'FelixConfiguration',
  metadata: { name },
  spec,
})

test('what was known is there after a reboot, for root alone', () => {
  lastKnownGood(folder, silentLogger).write(state)
  expect(lastKnownGood(folder, silentLogger).read()).toMatchObject(state)
  expect(statSync(join(folder, 'inputs.json')).mode & 0o777).toBe(0o600)
})

test.each(['', '{', '{"version":2}', '{"version":1,"pools":{}}'])('a broken file (%j) is as none', (text) => {
  writeFileSync(join(folder, 'inputs.json'), text)
  expect(lastKnownGood(folder, silentLogger).read()).toBeUndefined()
})

test('what is wrong in the file is passed over, and the rest counts', () => {
  const [pool] = state.pools
  const written = {
    version: 1,
    pools: [null, 7, {}, { metadata: {} }, { metadata: { name: 'b' }, spec: { cidr: 'x' } }, pool],
    felixConfigurations: [
      null,
      { metadata: { name: 'default' }, spec: { ipv6Support: 'maybe', floatingIPs: 'Disabled' } },
      { metadata: { name: 'node.n1' } },
    ],
    hostAddresses: [null, 7, 'here', '10.1.0.1'],
    bgpConfigurations: [null, { metadata: { name: 'default' }, spec: { asNumber: 'x' } }, ...state.bgpConfigurations],
    bgpPeers: [{ metadata: { name: 'tor' }, spec: { nodeSelector: 'rack ==' } }, ...state.bgpPeers],
  }
  writeFileSync(join(folder, 'inputs.json'), JSON.stringify(written))
  const read = lastKnownGood(folder, silentLogger).read()
  expect(read).toEqual({
    ...state,
    felixConfigurations: [{ metadata: { name: 'default' }, spec: { floatingIPs: 'Disabled' } }],
  })
})

test('a file of before BGP objects were kept has none, and nobody is warned', () => {
  const { bgpConfigurations, bgpPeers, ...older } = state
  writeFileSync(join(folder, 'inputs.json'), JSON.stringify({ version: 1, ...older }))
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  expect(lastKnownGood(folder, logger).read()).toEqual({ ...older, bgpConfigurations: [], bgpPeers: [] })
  expect(warnings).toEqual([])
})

test('what is written can be read as it is, and nobody is warned', () => {
  const warnings: string[] = []
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) }
  const merged = effectiveFelixConfiguration({
    node: { name: 'n1', labels: { rack: 'b' } },
    configurations: [
      configuration('default', { routeTableRange: { min: 1, max: 250 } }),
      configuration('racks', { nodeSelector: "rack == 'b'", routeTableRanges: [{ min: 300, max: 400 }] }),
    ],
  })
  const whole = { ...state, felixConfigurations: [{ metadata: { name: 'default' }, spec: merged.spec }] }
  lastKnownGood(folder, logger).write(whole)
  expect(lastKnownGood(folder, logger).read()).toEqual(whole)
  expect(warnings).toEqual([])
})

test('a folder that cannot be written is no reason to stop', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => lastKnownGood(file, silentLogger).write(state)).not.toThrow()
})
