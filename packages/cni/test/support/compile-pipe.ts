import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '@manx/testbed'

/** Compiles the executable into a folder of its own, named as runtimes call it. */
export async function compilePipe(
  ...flags: readonly string[]
): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'manx-pipe-'))
  const path = join(folder, 'manx')
  const source = fileURLToPath(new URL('../../src/pipe.c', import.meta.url))
  await output('cc', ['-Os', '-static', '-Wall', '-Wextra', '-Werror', ...flags, '-o', path, source])
  return { folder, path }
}

/** The script with the same contract. */
export const scriptPath = fileURLToPath(new URL('../../src/manx-cni.ts', import.meta.url))
