import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { run } from '@manx/testbed'

const root = fileURLToPath(new URL('../../..', import.meta.url))
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manxctl-caller-'))
  await mkdir(join(folder, 'policies'))
  await writeFile(join(folder, 'policies', 'a.yaml'), 'apiVersion: projectcalico.org/v3\nkind: IPPol\n')
})
afterAll(() => rm(folder, { recursive: true }))

// Without it, npm run installs first what the lockfile says.
const installed = existsSync(join(root, 'node_modules', '.cache', 'installed-lockfile'))

;(installed ? test : test.skip)(
  'files are read from where npm was called, and named as they were',
  async () => {
    // As npm does, which goes to the folder of package.json and says where it was.
    const options = { cwd: root, env: { INIT_CWD: folder } }
    const args = ['scripts/run.mjs', 'manxctl', 'validate', '--offline', '-f', 'policies']
    const { code, stdout, stderr } = await run(process.execPath, args, options)
    expect([code, stderr]).toEqual([3, ''])
    expect(stdout).toMatch(/^policies\/a\.yaml:2:7: error: kind /)
  },
  60_000,
)
