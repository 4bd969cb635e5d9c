import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'

export interface FuzzOptions {
  readonly cases: number
  readonly seed: number
  readonly signal: AbortSignal
}

const api = fileURLToPath(new URL('../../../api', import.meta.url))

/** Runs the fuzz test of what users write with more cases than `npm test` has. It needs no lab. */
export async function runFuzz({ cases, seed, signal }: FuzzOptions): Promise<void> {
  const child = spawn('pnpm', ['test', 'test/validation/fuzz.test.ts'], {
    cwd: api,
    stdio: 'inherit',
    env: { ...process.env, MANX_FUZZ_CASES: String(cases), MANX_FUZZ_SEED: String(seed) },
  })
  const end = () => child.kill('SIGINT')
  signal.addEventListener('abort', end, { once: true })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  signal.removeEventListener('abort', end)
  if (code !== 0)
    throw new LabError('CheckFailed', `after seed ${seed}: something that users can write is not answered`)
}
