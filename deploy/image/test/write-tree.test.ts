import { mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { writeTree } from '../src/write-tree.ts'

test('a tree has the content, modes and links of the layer, and takes a second layer over the first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'manx-tree-'))
  try {
    await writeTree([{ path: '/etc/file', content: 'old' }], folder)
    await writeTree(
      [
        { path: '/etc/file', content: 'new', mode: 0o600 },
        { path: '/bin/node', source: process.execPath },
        { path: '/bin/link', link: 'node' },
        { path: '/tmp', directory: true, mode: 0o1777 },
      ],
      folder,
    )
    expect(await readFile(join(folder, 'etc/file'), 'utf8')).toBe('new')
    expect((await stat(join(folder, 'etc/file'))).mode & 0o7777).toBe(0o600)
    expect((await stat(join(folder, 'bin/node'))).mode & 0o7777).toBe(0o755)
    expect((await stat(join(folder, 'tmp'))).mode & 0o7777).toBe(0o1777)
    expect(await readlink(join(folder, 'bin/link'))).toBe('node')
  } finally {
    await rm(folder, { recursive: true })
  }
})
