import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { output, skipReason } from '@manx/testbed'
import { elfNeeds } from '../src/elf.ts'
import { buildManxImage, type ReadImage, readImage } from '../src/index.ts'

const reason = skipReason({ root: true, commands: ['cc', 'tar'] })
const suite = reason === undefined ? describe : describe.skip

suite(`the Manx image${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  let folder: string
  let image: ReadImage

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manx-image-'))
    const file = async (name: string, content: string) => {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    }
    const bundle = "console.log('pid', require('koffi').load('libc.so.6').func('int getpid()')() === process.pid)\n"
    const program = await file('program', 'a program')
    await chmod(program, 0o755)
    await buildManxImage({
      output: join(folder, 'manx.tar'),
      bundles: {
        agent: await file('agent.cjs', bundle),
        controllers: await file('controllers.cjs', bundle),
        cli: await file('manxctl.cjs', `#!/usr/bin/env node\nconsole.log('manxctl', process.argv[2])\n`),
      },
      programs: { gobgpd: program, gobgp: program, portmap: program, loopback: program },
    })
    image = await readImage(join(folder, 'manx.tar'))
    await mkdir(join(folder, 'root'))
    const manifest = await output('tar', ['-xOf', join(folder, 'manx.tar'), 'manifest.json'])
    const [{ Layers: layers }] = JSON.parse(manifest) as [{ Layers: readonly string[] }]
    await output('tar', ['-xf', join(folder, 'manx.tar'), '-C', folder])
    for (const layer of layers) await output('tar', ['-xf', join(folder, layer), '-C', join(folder, 'root')])
  }, 120_000)
  afterAll(async () => {
    await image.close()
    await rm(folder, { recursive: true, force: true })
  })

  const run = (...command: readonly string[]) => output('chroot', [join(folder, 'root'), ...command])

  test('has everything where the manifests expect it', () => {
    expect(image.references).toEqual(['localhost/manx:0.1.0'])
    expect([...image.entries.keys()]).toEqual(
      expect.arrayContaining([
        '/opt/manx/bin/node',
        '/opt/manx/bin/gobgpd',
        '/opt/manx/bin/gobgp',
        '/opt/manx/bin/manxctl',
        '/opt/manx/agent.cjs',
        '/opt/manx/controllers.cjs',
        '/opt/manx/cni/manx',
        '/opt/manx/cni/portmap',
        '/opt/manx/cni/loopback',
        '/opt/manx/node_modules/koffi/index.cjs',
        '/opt/manx/licenses/LICENSE',
        '/opt/manx/licenses/NOTICE',
        '/opt/manx/licenses/node',
        '/opt/manx/licenses/npm/PACKAGES',
      ]),
    )
  })

  test('says where its C library is from', () => {
    expect(image.config.Labels['dev.manx.c-library']).toMatch(/^libc6 |^the build machine \(/)
  })

  test('runs a bundle with its native module, with nothing of the machine', async () => {
    expect(await run('/opt/manx/bin/node', '/opt/manx/agent.cjs')).toBe('pid true\n')
  })

  test('runs manxctl without a shell or env', async () => {
    expect(await run('/opt/manx/bin/manxctl', 'version')).toBe('manxctl version\n')
  })

  test("has a pipe that runs on a host without the image's C library", async () => {
    const needs = await elfNeeds(join(folder, 'root', 'opt', 'manx', 'cni', 'manx'))
    expect(needs).toEqual({ libraries: [] })
  })

  test('without bundles says how to get them', async () => {
    const none = join(folder, 'none.cjs')
    const asked = buildManxImage({
      output: join(folder, 'other.tar'),
      bundles: { agent: none, controllers: none, cli: none },
      programs: { gobgpd: none, gobgp: none, portmap: none, loopback: none },
    })
    await expect(asked).rejects.toMatchObject({ code: 'Missing', message: expect.stringContaining('npm run build') })
  })
})

test('the Dockerfile runs what the archive says', async () => {
  const text = await readFile(join(import.meta.dirname, '..', 'Dockerfile'), 'utf8')
  expect(text).toContain('node deploy/image/src/main.ts --folder /image')
  expect(text).toContain('ENV PATH=/opt/manx/bin\nENTRYPOINT ["/opt/manx/bin/node"]\nCMD ["/opt/manx/agent.cjs"]\n')
})
