import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '@manx/testbed'

export type Helper = 'prober' | 'spawn-batch' | 'net-load'

const made = new Map<Helper, Promise<string>>()

/** Compiles one of packages/bench/native, once per run, and resolves with its path. */
export function compileHelper(name: Helper): Promise<string> {
  const path = made.get(name) ?? compile(name)
  made.set(name, path)
  return path
}

async function compile(name: Helper): Promise<string> {
  const source = fileURLToPath(new URL(`../../native/${name}.c`, import.meta.url))
  const path = join(await mkdtemp(join(tmpdir(), 'manx-bench-')), name)
  await output('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', path, source])
  return path
}
