import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { output } from '@manx/testbed'

/**
 * A benchmark runs in network, mount and process namespaces of its own: the node of its agent is the network namespace it is in,
 * so that agent, API server and benchmark reach each other over loopback; /run is empty and in memory; and however it ends, the
 * kernel takes everything along.
 */
const marker = 'MANX_BENCH_ENCLOSED'

export const isEnclosed = (): boolean => process.env[marker] === '1'

/** Runs this very program again inside, on the same streams, and resolves with its exit code. */
export function enclose(environment: Readonly<Record<string, string>>): Promise<number> {
  const flags = ['--net', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child']
  const [script = '', ...rest] = process.argv.slice(1)
  // Each of the two ends with its parent, even by SIGKILL.
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', ...flags, process.execPath, ...process.execArgv, script, ...rest],
    { stdio: 'inherit', env: { ...process.env, ...environment, [marker]: '1' } },
  )
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      child.kill('SIGKILL')
      process.exit(130)
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 137))
  })
}

/** The first thing to do inside. */
export async function furnishEnclosure(): Promise<void> {
  await output('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'manx-bench', '/run'])
  process.env.TMPDIR = '/run/tmp'
  for (const folder of ['/run/tmp', '/run/netns']) mkdirSync(folder, { recursive: true })
  await output('ip', ['link', 'set', 'lo', 'up'])
}
