import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { skipReason } from '@manx/testbed'
import { type ComponentProgress, ensureComponents } from '../../src/components/ensure-components.ts'
import type { ProgramName } from '../../src/components/programs.ts'
import { type ReleaseServer, sha256, startReleaseServer } from './release-server.ts'

let folder: string
let server: ReleaseServer

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-components-'))
  server = await startReleaseServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
const kubectl = `/v1.36.3/bin/linux/${architecture}/kubectl`
const progress: ComponentProgress[] = []

/** Everything from the local server, nothing from the machine's own cache or environment. */
function ensure<Name extends ProgramName>(
  names: readonly Name[],
  more: { directory?: string; offline?: boolean; signal?: AbortSignal } = {},
) {
  progress.length = 0
  return ensureComponents({
    names,
    directory: folder,
    cacheFolder: join(folder, 'cache'),
    mirrors: { kubernetes: server.address, github: server.address },
    onProgress: (step) => progress.push(step),
    ...more,
  })
}

function publish(path: string, content: Buffer, checksum = sha256(content)): void {
  server.files.set(path, { content })
  server.files.set(`${path}.sha256`, { content: Buffer.from(`${checksum}\n`) })
}

/** Names below the cache, without what is done. */
async function leftovers(): Promise<readonly string[]> {
  return (await readdir(join(folder, 'cache', 'components')).catch(() => [])).filter((name) => name.startsWith('.'))
}

describe('where programs come from', () => {
  test("a program in the user's folder is taken as it is", async () => {
    await writeFile(join(folder, 'kubectl'), 'mine')
    await chmod(join(folder, 'kubectl'), 0o755)
    expect(await ensure(['kubectl'])).toEqual({ kubectl: join(folder, 'kubectl') })
    expect(server.requests).toEqual([])
  })

  test("a file in the user's folder that cannot run is named", async () => {
    await writeFile(join(folder, 'kubectl'), 'mine', { mode: 0o644 })
    await expect(ensure(['kubectl'])).rejects.toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining('chmod +x'),
    })
  })

  test("a user's folder that is not there is named", async () => {
    await expect(ensure(['kubectl'], { directory: join(folder, 'none') })).rejects.toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining(join(folder, 'none')),
    })
  })

  test('a download is verified, cached, and not fetched again', async () => {
    publish(kubectl, Buffer.from('kubectl of the release'))
    const { kubectl: path } = await ensure(['kubectl'])
    expect(await readFile(path, 'utf8')).toBe('kubectl of the release')
    expect(server.requests).toEqual([`${kubectl}.sha256`, kubectl])
    expect(progress.map(({ state, source }) => `${state} ${source}`)).toEqual(['started download', 'finished download'])
    expect(await ensure(['kubectl'], { offline: true })).toEqual({ kubectl: path })
    expect(server.requests).toHaveLength(2)
    expect(await leftovers()).toEqual([])
  })

  test('several programs of one archive are one download', async () => {
    const tree = join(folder, 'tree')
    await mkdir(tree)
    for (const name of ['gobgpd', 'gobgp', 'README.md']) await writeFile(join(tree, name), `the ${name}`)
    const archive = execFileSync('tar', ['-czf', '-', '-C', tree, 'gobgpd', 'gobgp', 'README.md'])
    const base = '/osrg/gobgp/releases/download/v4.8.0'
    const name = `gobgp_4.8.0_linux_${architecture}.tar.gz`
    server.files.set(`${base}/${name}`, { content: archive })
    const sums = `${'0'.repeat(64)}  gobgp_4.8.0_linux_386.tar.gz\n${sha256(archive)}  ${name}\n`
    server.files.set(`${base}/gobgp_4.8.0_checksums.txt`, { content: Buffer.from(sums) })
    const paths = await ensure(['gobgpd', 'gobgp'])
    expect(await readFile(paths.gobgpd, 'utf8')).toBe('the gobgpd')
    expect(await readFile(paths.gobgp, 'utf8')).toBe('the gobgp')
    expect(server.requests).toEqual([`${base}/gobgp_4.8.0_checksums.txt`, `${base}/${name}`])
    expect(await leftovers()).toEqual([])
  })

  test('a download that is not what its checksum says ends everything, and leaves nothing', async () => {
    publish(kubectl, Buffer.from('something else'), 'd'.repeat(64))
    await expect(ensure(['kubectl'])).rejects.toMatchObject({
      code: 'ChecksumMismatch',
      message: expect.stringContaining(`${server.address}${kubectl}`),
    })
    expect(await readdir(join(folder, 'cache', 'components'))).toEqual([])
  })

  test('an unknown version is refused with those that are known', async () => {
    const asked = ensureComponents({ names: ['etcd'], versions: { etcd: '1.0.0' }, cacheFolder: folder })
    await expect(asked).rejects.toMatchObject({ code: 'Invalid', message: expect.stringContaining('3.7.3') })
  })
})

const noGo = skipReason({ commands: ['go'] })
const withGo = noGo === undefined ? describe : describe.skip

withGo(`a build with Go${noGo === undefined ? '' : ` (skipped: ${noGo})`}`, () => {
  test('makes what no project publishes', async () => {
    const { pause } = await ensure(['pause'], { offline: true })
    expect(pause).toBe(join(folder, 'cache', 'components', `pause-1.0.0-${architecture}`, 'pause'))
    expect((await readFile(pause)).subarray(0, 4)).toEqual(Buffer.from('\x7fELF', 'latin1'))
    expect(progress.map(({ state, source }) => `${state} ${source}`)).toEqual(['started build', 'finished build'])
    expect(await leftovers()).toEqual([])
  }, 120_000)

  test('interrupted, it leaves nothing half', async () => {
    const interrupt = new AbortController()
    const asked = ensureComponents({
      names: ['pause'],
      directory: folder,
      cacheFolder: join(folder, 'cache'),
      offline: true,
      signal: interrupt.signal,
      onProgress: () => setTimeout(() => interrupt.abort(), 1),
    })
    await expect(asked).rejects.toMatchObject({ code: 'Aborted' })
    expect(await readdir(join(folder, 'cache', 'components'))).toEqual([])
  }, 120_000)
})
