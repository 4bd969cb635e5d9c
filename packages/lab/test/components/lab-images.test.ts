import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readImage } from '@manx/image'
import { labImages } from '../../src/components/lab-images.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manx-images-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('labImages', () => {
  test('builds the images under the names that are asked for, and again only when a program changed', async () => {
    const paths = { agnhost: join(folder, 'agnhost'), pause: join(folder, 'pause'), coredns: join(folder, 'coredns') }
    for (const path of Object.values(paths)) await writeFile(path, path, { mode: 0o755 })
    const first = await labImages({ folder, paths })
    expect(first.agnhost.reference).toBe('registry.k8s.io/e2e-test-images/agnhost:2.63.0')
    expect(first.agnhost.aliases).toContain('registry.k8s.io/e2e-test-images/glibc-dns-testing:2.0.0')
    const image = await readImage(first.agnhost.output)
    expect(image.references).toEqual([first.agnhost.reference, ...first.agnhost.aliases])
    expect([...image.entries.keys()]).toEqual(expect.arrayContaining(['/agnhost', '/bin/sh', '/etc/passwd', '/tmp']))
    await image.close()
    expect(await labImages({ folder, paths })).toEqual(first)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await writeFile(paths.pause, 'another pause')
    const second = await labImages({ folder, paths })
    expect(second.pause.digest).not.toBe(first.pause.digest)
    expect(second.coredns.digest).toBe(first.coredns.digest)
  })
})
