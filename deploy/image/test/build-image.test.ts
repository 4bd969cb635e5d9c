import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type BuildImageOptions, buildImage, readImage } from '../src/index.ts'

let folder: string
let program: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-image-'))
  program = join(folder, 'program')
  await writeFile(program, 'a program', { mode: 0o755 })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const build = (more: Partial<BuildImageOptions> = {}) =>
  buildImage({
    reference: 'localhost/test:1',
    output: join(folder, 'test.tar'),
    layers: [[{ path: '/bin/program', source: program }]],
    ...more,
  })

describe('an image', () => {
  test('says what it was told', async () => {
    const built = await build({
      aliases: ['registry.example:5000/a/b:v2'],
      entrypoint: ['/bin/program'],
      cmd: ['run'],
      env: { B: '2', A: '1' },
      user: { uid: 65532, gid: 65532 },
      workdir: '/tmp',
      labels: { z: 'last', a: 'first' },
      architecture: 'arm64',
    })
    const image = await readImage(built.output)
    expect(image.references).toEqual(['localhost/test:1', 'registry.example:5000/a/b:v2'])
    expect(image.digest).toBe(built.digest)
    expect(image.architecture).toBe('arm64')
    expect(image.config).toEqual({
      User: '65532:65532',
      Env: ['A=1', 'B=2'],
      Entrypoint: ['/bin/program'],
      Cmd: ['run'],
      WorkingDir: '/tmp',
      Labels: { a: 'first', z: 'last' },
    })
    expect(await image.readFile('/bin/program')).toEqual(Buffer.from('a program'))
    await image.close()
  })

  test('has parents, modes and links', async () => {
    const { output } = await build({
      layers: [
        [
          { path: '/bin/program', source: program },
          { path: '/etc/deep/file', content: 'text' },
          { path: '/tmp', directory: true, mode: 0o1777 },
          { path: '/bin/alias', link: 'program' },
        ],
      ],
    })
    const image = await readImage(output)
    expect([...image.entries].map(([path, { type, mode }]) => [path, type, mode.toString(8)])).toEqual([
      ['/bin', 'directory', '755'],
      ['/bin/alias', 'link', '777'],
      ['/bin/program', 'file', '755'],
      ['/etc', 'directory', '755'],
      ['/etc/deep', 'directory', '755'],
      ['/etc/deep/file', 'file', '644'],
      ['/tmp', 'directory', '1777'],
    ])
    await image.close()
  })

  test('is the same for the same input, whatever the time and the order', async () => {
    const layer = [
      { path: '/b', source: program },
      { path: '/a', content: 'a' },
    ]
    const first = await build({ layers: [layer], output: join(folder, '1.tar') })
    await utimes(program, 1, 1)
    const second = await build({ layers: [layer.toReversed()], output: join(folder, '2.tar') })
    expect(second.digest).toBe(first.digest)
    expect((await readFile(second.output)).equals(await readFile(first.output))).toBe(true)
  })

  test('of a later layer replaces a file of an earlier one', async () => {
    const { output } = await build({ layers: [[{ path: '/f', content: 'old' }], [{ path: '/f', content: 'new' }]] })
    const image = await readImage(output)
    expect(String(await image.readFile('/f'))).toBe('new')
    await image.close()
  })

  test('with a changed byte is found corrupt', async () => {
    const { output } = await build()
    const bytes = await readFile(output)
    bytes[bytes.indexOf('a program')] = 0x41
    await writeFile(output, bytes)
    await expect(readImage(output)).rejects.toMatchObject({ code: 'Corrupt' })
  })

  for (const [name, more, message] of [
    ['a relative path', { layers: [[{ path: 'bin/x', content: '' }]] }, '"bin/x"'],
    ['a path with dots', { layers: [[{ path: '/bin/../x', content: '' }]] }, '"/bin/../x"'],
    [
      'one path twice',
      {
        layers: [
          [
            { path: '/x', content: '' },
            { path: '/x', content: '' },
          ],
        ],
      },
      '/x is given twice',
    ],
    [
      'a path below a file',
      {
        layers: [
          [
            { path: '/x', content: '' },
            { path: '/x/y', content: '' },
          ],
        ],
      },
      '/x/y lies below /x',
    ],
    ['a name without a tag', { reference: 'localhost/test' }, '"localhost/test"'],
    ['an alias with capitals', { aliases: ['localhost/Test:1'] }, '"localhost/Test:1"'],
    ['a source that is not there', { layers: [[{ path: '/x', source: '/nowhere/x' }]] }, '/nowhere/x'],
    ['a folder as a source', { layers: [[{ path: '/x', source: '/tmp' }]] }, '/tmp (for /x) is not a regular file'],
  ] as const) {
    test(`with ${name} is refused, and leaves no file`, async () => {
      await expect(build(more)).rejects.toThrow(message)
      expect(await readdir(folder)).toEqual(['program'])
    })
  }
})
