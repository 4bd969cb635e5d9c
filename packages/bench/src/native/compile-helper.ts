import { hash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '@manx/testbed'

export type Helper = 'prober' | 'spawn-batch' | 'net-load'

const sources = fileURLToPath(new URL('../../native', import.meta.url))
const made = fileURLToPath(new URL('../../../../node_modules/.cache/bench', import.meta.url))
const flags = ['-O2', '-Wall', '-Wextra', '-Werror']

/** Compiles one of packages/bench/native, unless that was done before, and resolves with its path. */
export async function compileHelper(name: Helper): Promise<string> {
  const source = join(sources, `${name}.c`)
  const texts = await Promise.all([source, join(sources, 'namespace.h')].map((path) => readFile(path, 'utf8')))
  const path = join(made, `${name}-${process.arch}-${hash('sha256', texts.join('\0')).slice(0, 12)}`)
  if (existsSync(path)) return path
  await mkdir(made, { recursive: true })
  const unfinished = `${path}.${randomBytes(4).toString('hex')}`
  await output('cc', [...flags, '-o', unfinished, source])
  await rename(unfinished, path)
  return path
}
