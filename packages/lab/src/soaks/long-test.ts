import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'

/** A test of another package that takes far more cases than `npm test` gives it. It needs no lab. */
export interface LongTest {
  readonly description: string
  readonly packageName: string
  /** Its file in the package. */
  readonly file: string
  readonly count: {
    /** Name of the option. */
    readonly option: string
    readonly description: string
    readonly usual: number
    readonly variable: string
  }
  readonly seedVariable: string
  /** What is said behind the count. */
  readonly held: string
  readonly failed: string
}

export interface LongTestOptions {
  readonly count: number
  readonly seed: number
  readonly signal: AbortSignal
}

/** Rejects when the test fails, with the seed that repeats it. */
export async function runLongTest(test: LongTest, { count, seed, signal }: LongTestOptions): Promise<void> {
  const child = spawn('pnpm', ['test', test.file], {
    cwd: fileURLToPath(new URL(`../../../${test.packageName}`, import.meta.url)),
    stdio: 'inherit',
    env: { ...process.env, [test.count.variable]: String(count), [test.seedVariable]: String(seed) },
  })
  // Jest ends at the first interrupt, which it gets from the terminal too, and takes what it made down.
  const end = () => child.kill('SIGINT')
  signal.addEventListener('abort', end, { once: true })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  signal.removeEventListener('abort', end)
  if (code !== 0) throw new LabError('CheckFailed', `after seed ${seed}: ${test.failed}`)
}
