import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Desired } from '../src/plan/desired.ts'
import { Retention } from '../src/retention.ts'
import { isRestart, loadState, saveState } from '../src/speaker/saved-state.ts'

const desired: Desired = {
  global: { asn: 64512, routerId: '10.0.0.1', listenPort: 179, listenAddresses: [] },
  peers: new Map(),
  paths: new Map([['10.244.0.0/26', { prefix: '10.244.0.0/26', family: 4 }]]),
  policy: { ownBlocks: [], pools: [], withheld: [], importAll: false, reflectTo: [], nextHopSelf: [], nextHopKeep: [] },
  kernel: { blackholes: ['10.244.0.0/26'], metric: { 4: 1024, 6: 1024 } },
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-state-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('what was saved is loaded, and only its owner may read it', async () => {
  const path = join(folder, 'sub', 'bgp.json')
  await saveState(path, { bootId: 'x', desired })
  expect(await loadState(path)).toEqual({ bootId: 'x', desired })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(folder, 'sub'))).toEqual(['bgp.json'])
})

test.each(['', '{"format":1', '{"format":1}', '{"format":99,"desired":{}}', 'null'])(
  '%j is as if there were none',
  async (text) => {
    const path = join(folder, 'bgp.json')
    await writeFile(path, text)
    expect(await loadState(path)).toBeUndefined()
  },
)

test('no file is no state', async () => {
  expect(await loadState(join(folder, 'none'))).toBeUndefined()
})

test('a restart is one of the same boot and identity', () => {
  const saved = { bootId: 'x', desired }
  expect(isRestart(saved, 'x', desired.global)).toBe(true)
  expect(isRestart(saved, 'y', desired.global)).toBe(false)
  expect(isRestart(saved, 'x', { ...desired.global, asn: 1 })).toBe(false)
  expect(isRestart(undefined, 'x', desired.global)).toBe(false)
})

test('routes are retained until plan and table are known and nobody is pending', () => {
  let ended = 0
  const retention = new Retention(() => {
    ended++
  })
  retention.begin(1000_000)
  retention.check(0)
  retention.tableTold()
  retention.check(0)
  expect(ended).toBe(0)
  retention.planKnown = true
  retention.check(1)
  expect(ended).toBe(0)
  retention.check(0)
  retention.check(0)
  expect(ended).toBe(1)
  retention.begin(-1)
  retention.check(5)
  expect(ended).toBe(2)
})
