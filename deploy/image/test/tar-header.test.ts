import { execFileSync } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { padding, type TarHeader, tarEnd, tarHeader } from '../src/tar-header.ts'
import { walkTar } from '../src/walk-tar.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-tar-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function archive(headers: readonly TarHeader[]): Promise<string> {
  const file = join(folder, 'x.tar')
  const bodies = headers.flatMap((header) => [tarHeader(header), Buffer.alloc(header.size, 'c'), padding(header.size)])
  await writeFile(file, Buffer.concat([...bodies, tarEnd]))
  return file
}

async function walk(path: string): Promise<readonly TarHeader[]> {
  const file = await open(path)
  try {
    const found: TarHeader[] = []
    for await (const { offset: _, ...header } of walkTar(file)) found.push(header)
    return found
  } finally {
    await file.close()
  }
}

const segment = fc.stringMatching(/^[a-zA-Z0-9._@+ é-]{1,40}$/).filter((text) => text !== '.' && text !== '..')
const path = fc.array(segment, { minLength: 1, maxLength: 9 }).map((parts) => parts.join('/'))
const header: fc.Arbitrary<TarHeader> = fc.oneof(
  fc.record({
    name: path,
    type: fc.constant('file' as const),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 65535 }),
    gid: fc.integer({ min: 0, max: 65535 }),
    size: fc.integer({ min: 0, max: 2000 }),
  }),
  fc.record({
    name: path,
    type: fc.constant('link' as const),
    mode: fc.constant(0o777),
    uid: fc.constant(0),
    gid: fc.constant(0),
    size: fc.constant(0),
    link: path,
  }),
)

describe('a tar', () => {
  test('gives back what was put in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(header, { maxLength: 5 }), async (headers) => {
        expect(await walk(await archive(headers))).toEqual(headers)
      }),
      { numRuns: 200 },
    )
  })

  test('is read by tar itself, long names and links too', async () => {
    const long = `${'folder/'.repeat(40)}file`
    const file = await archive([
      { name: 'd/', type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 },
      { name: `d/${long}`, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 5 },
      { name: 'l', type: 'link', mode: 0o777, uid: 0, gid: 0, size: 0, link: long },
    ])
    const listed = execFileSync('tar', ['-tvf', file], { encoding: 'utf8' })
    expect(listed).toContain(`d/${long}\n`)
    expect(listed).toContain(`l -> ${long}\n`)
    expect(execFileSync('tar', ['-xOf', file, `d/${long}`], { encoding: 'utf8' })).toBe('ccccc')
  })

  test('that ends early is corrupt', async () => {
    const file = join(folder, 'short.tar')
    await writeFile(file, tarHeader({ name: 'a', type: 'file', mode: 0, uid: 0, gid: 0, size: 0 }))
    await expect(walk(file)).rejects.toMatchObject({ code: 'Corrupt' })
  })
})
