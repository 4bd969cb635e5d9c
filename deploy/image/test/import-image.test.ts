import { accessSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { output, run, skipReason, startDaemon } from '@manx/testbed'
import { buildImage } from '../src/index.ts'

const folder = process.env.MANX_COMPONENTS ?? ''
const hasContainerd = ['containerd', 'ctr'].every((name) => {
  try {
    accessSync(join(folder, name))
    return true
  } catch {
    return false
  }
})
const reason = hasContainerd ? skipReason({ root: true }) : 'needs MANX_COMPONENTS with containerd, ctr'
const check = reason === undefined ? test : test.skip

check(
  `containerd imports and unpacks an archive${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'manx-import-'))
    const address = join(place, 'containerd.sock')
    const ctr = (...args: readonly string[]) => output(join(folder, 'ctr'), ['-a', address, ...args])
    await writeFile(
      join(place, 'config.toml'),
      `version = 3\nroot = '${place}/root'\nstate = '${place}/state'\ndisabled_plugins = ['io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime', 'io.containerd.grpc.v1.cri', 'io.containerd.nri.v1.nri']\n[grpc]\naddress = '${address}'\n`,
    )
    const containerd = await startDaemon(join(folder, 'containerd'), ['--config', join(place, 'config.toml')], {
      ready: async () => (await run(join(folder, 'ctr'), ['-a', address, 'version'])).code === 0,
    })
    try {
      const long = `/${'folder/'.repeat(40)}file`
      const { digest } = await buildImage({
        reference: 'localhost/test:1',
        aliases: ['registry.k8s.io/test/other:2'],
        output: join(place, 'test.tar'),
        layers: [
          [
            { path: '/bin/program', content: 'old', mode: 0o755 },
            { path: long, content: 'deep' },
          ],
          [
            { path: '/bin/program', content: 'new', mode: 0o755 },
            { path: '/bin/link', link: 'program' },
          ],
        ],
        entrypoint: ['/bin/program'],
      })
      await ctr('images', 'import', '--local', '--snapshotter', 'native', join(place, 'test.tar'))
      const listed = (await ctr('images', 'ls')).split('\n').map((line) => line.split(/\s+/).slice(0, 3))
      for (const name of ['localhost/test:1', 'registry.k8s.io/test/other:2']) {
        expect(listed).toContainEqual([name, expect.stringContaining('manifest'), digest])
      }
      await mkdir(join(place, 'mnt'))
      await ctr('images', 'mount', '--snapshotter', 'native', 'localhost/test:1', join(place, 'mnt'))
      expect(await output('cat', [join(place, 'mnt', 'bin/link'), join(place, `mnt${long}`)])).toBe('newdeep')
    } finally {
      await containerd.stop()
      await unmountBelow(place)
      await rm(place, { recursive: true, force: true })
    }
  },
  60_000,
)

/** containerd leaves the mounts of an image as they are when it ends. */
async function unmountBelow(place: string): Promise<void> {
  const points = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const point of points.filter((path) => path.startsWith(`${place}/`)).reverse()) await output('umount', [point])
}
