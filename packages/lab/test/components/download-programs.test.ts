import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { downloadPrograms } from '../../src/components/download-programs.ts'
import { defaultVersions } from '../../src/components/versions.ts'
import { type ReleaseServer, sha256, startReleaseServer } from './release-server.ts'

let staging: string
let server: ReleaseServer

beforeEach(async () => {
  staging = await mkdtemp(join(tmpdir(), 'manx-staging-'))
  server = await startReleaseServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(staging, { recursive: true, force: true })
})

const kubectl = '/v1.36.3/bin/linux/amd64/kubectl'

/** What was said about files that cannot be had; each is left to a build. */
async function refusals(address = server.address): Promise<readonly string[]> {
  const said: string[] = []
  await downloadPrograms({
    names: ['kubectl'],
    versions: defaultVersions,
    architecture: 'amd64',
    mirrors: { kubernetes: address, github: address },
    staging,
    keep: () => Promise.reject(new Error('nothing may be kept')),
    timed: (_names, _source, work) => work(),
    unavailable: (names, message) => said.push(`${names.join()}: ${message}`),
  })
  expect(await readdir(staging)).toEqual([])
  return said
}

describe('a file that cannot be had', () => {
  const publishChecksum = (text: string) => server.files.set(`${kubectl}.sha256`, { content: Buffer.from(text) })

  test('has no checksum', async () => {
    server.files.set(kubectl, { content: Buffer.from('x') })
    expect(await refusals()).toEqual([`kubectl: ${server.address}${kubectl}.sha256 answered 404 Not Found`])
  })

  test('has a checksum of another file', async () => {
    publishChecksum(`${'a'.repeat(64)}  kubelet`)
    expect(await refusals()).toEqual([`kubectl: ${server.address}${kubectl}.sha256 has no SHA-256 for kubectl`])
  })

  test('is not there', async () => {
    publishChecksum('a'.repeat(64))
    expect(await refusals()).toEqual([`kubectl: ${server.address}${kubectl} answered 404 Not Found`])
  })

  test('breaks off', async () => {
    const content = Buffer.alloc(1 << 20, 'x')
    publishChecksum(sha256(content))
    server.files.set(kubectl, { content, truncated: true })
    const [said = ''] = await refusals()
    expect(said).toContain(`kubectl: ${server.address}${kubectl} could not be read: `)
  })

  test('is on a server that does not answer', async () => {
    expect(await refusals('http://127.0.0.1:1')).toEqual(['kubectl: http://127.0.0.1:1 does not answer'])
  })
})
