import { fileURLToPath } from 'node:url'
import { run } from '@manx/testbed'
import { LabError } from '../lab-error.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** Builds what goes into the Manx image from this checkout; unchanged packages are not built again. */
export async function buildBundles(): Promise<void> {
  const turbo = fileURLToPath(new URL('node_modules/.bin/turbo', `file://${root}`))
  const { code, stdout, stderr } = await run(turbo, ['run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    env: { TURBO_TELEMETRY_DISABLED: '1', PATH: `${root}node_modules/.bin:${process.env.PATH ?? ''}` },
  })
  if (code !== 0) throw new LabError('StartFailed', `the bundles cannot be built:\n${(stderr || stdout).trim()}`)
}
