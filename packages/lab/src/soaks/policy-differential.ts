import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'

export interface PolicyDifferentialOptions {
  readonly pairs: number
  readonly seed: number
  readonly signal: AbortSignal
}

const felix = fileURLToPath(new URL('../../../felix', import.meta.url))

/** Runs felix's differential test with more packets than `npm test` has. It makes its own namespaces and needs no lab. */
export async function runPolicyDifferential({ pairs, seed, signal }: PolicyDifferentialOptions): Promise<void> {
  const environment = { MANX_DIFFERENTIAL_PAIRS: String(pairs), MANX_DIFFERENTIAL_SEED: String(seed) }
  const child = spawn('pnpm', ['test', 'test/differential/differential.test.ts'], {
    cwd: felix,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  // Jest ends at the first interrupt, which it gets from the terminal too, and takes its namespaces down.
  const end = () => child.kill('SIGINT')
  signal.addEventListener('abort', end, { once: true })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  signal.removeEventListener('abort', end)
  if (code !== 0) throw new LabError('CheckFailed', `after seed ${seed}: the kernel and the evaluator do not agree`)
}
