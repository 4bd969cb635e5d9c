import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { elfNeeds } from './elf.ts'
import { ImageError } from './image-error.ts'
import { runTool } from './run-tool.ts'

const target = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-musl`

/** The system's compiler, else zig, which PyPI has for machines without one. */
const compilers: readonly (readonly [string, ...string[]])[] = [
  ['cc'],
  ['zig', 'cc', '-target', target],
  ['python3', '-m', 'ziglang', 'cc', '-target', target],
]

/** Compiles the CNI pipe to a static program and returns its path; kept in the cache until its source changes. */
export async function compilePipe(source: string, cacheFolder: string): Promise<string> {
  const code = await readFile(source).catch((error: Error) => {
    throw new ImageError('Missing', `the pipe's source cannot be read: ${error.message}`, { cause: error })
  })
  const key = createHash('sha256').update(code).update(process.arch).digest('hex').slice(0, 16)
  const output = join(cacheFolder, `pipe-${key}`)
  if ((await stat(output).catch(() => undefined)) !== undefined) return output
  await mkdir(cacheFolder, { recursive: true })
  const temporary = `${output}.${process.pid}`
  const refused: string[] = []
  try {
    for (const [command, ...first] of compilers) {
      const args = [...first, '-Os', '-static', '-s', '-Wall', '-o', temporary, source]
      const failed = await runTool(command, args).then(
        (result) => (result === undefined ? `${command} is not installed` : undefined),
        (error: Error) => error.message,
      )
      if (failed === undefined) {
        await requireStatic(temporary)
        await rename(temporary, output)
        return output
      }
      refused.push(failed)
    }
  } finally {
    await rm(temporary, { force: true })
  }
  throw new ImageError(
    'Missing',
    `no C compiler made the CNI pipe; apt-get install -y gcc libc6-dev, or pip install ziglang:\n${refused.join('\n')}`,
  )
}

/** The pipe runs on the host, whose C library nobody knows. */
async function requireStatic(program: string): Promise<void> {
  const { interpreter, libraries } = await elfNeeds(program)
  if (interpreter !== undefined || libraries.length > 0) {
    throw new ImageError(
      'ToolFailed',
      'the compiler made a program that wants shared libraries in place of a static one',
    )
  }
}
