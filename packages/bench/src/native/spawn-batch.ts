import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { inNamespace } from '@manx/testbed'
import { compileHelper } from './compile-helper.ts'

export interface Job {
  readonly program: string
  readonly args?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly input: string
}

export interface BatchResult {
  /** Milliseconds from the start of the first to the end of the last. */
  readonly total: number
  /** Milliseconds of each, in the order of the jobs. */
  readonly each: readonly number[]
  readonly outputs: readonly string[]
}

/** Runs programs without Node's part in their start: the helper is a small process, which forks fast. */
export interface Spawner extends Disposable {
  /** Runs all at once; rejects when one fails, with what it printed. */
  run(jobs: readonly Job[]): Promise<BatchResult>
}

/** `namespace`: where the programs are to run, as a name below /run/netns. */
export async function startSpawner(namespace?: string): Promise<Spawner> {
  const [program, args] = inNamespace(await compileHelper('spawn-batch'), [], namespace)
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const folder = mkdtempSync(join(tmpdir(), 'manx-jobs-'))
  const answers: ((line: string | undefined) => void)[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => answers.shift()?.(line))
  lines.on('close', () => {
    for (const answer of answers.splice(0)) answer(undefined)
  })
  return {
    run: async (jobs) => {
      const paths = jobs.map((job, index) => writeJob(join(folder, String(index)), job))
      const line = await new Promise<string | undefined>((resolve) => {
        answers.push(resolve)
        child.stdin.write(`${paths.join(' ')}\n`)
      })
      if (line === undefined) throw new Error('the spawner ended')
      const [total = '', ...each] = line.split(' ')
      const ends = each.map((text) => text.split(':').map(Number))
      const outputs = paths.map((path) => readFileSync(`${path}.out`, 'utf8'))
      ends.forEach(([code], index) => {
        if (code !== 0) throw new Error(`${jobs[index]?.program} ended with ${code}: ${outputs[index]}`)
      })
      return { total: Number(total) / 1e6, each: ends.map(([, time = Number.NaN]) => time / 1e6), outputs }
    },
    [Symbol.dispose]: () => {
      child.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function writeJob(path: string, { program, args = [], environment, input }: Job): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`)
  writeFileSync(`${path}.env`, `${[[program, ...args].join('\t'), ...variables].join('\n')}\n`)
  writeFileSync(`${path}.in`, input)
  return path
}
