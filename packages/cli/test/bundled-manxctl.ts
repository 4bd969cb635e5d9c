import { join } from 'node:path'
import { expect } from '@jest/globals'
import { output, type RunResult, run } from '@manx/testbed'

const folder = new URL('..', import.meta.url).pathname

/** A process of the program. */
export type Manxctl = (
  args: readonly string[],
  options?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> },
) => Promise<RunResult>

/** Bundles the program into a folder, as it ships. */
export async function bundleManxctl(target: string): Promise<Manxctl> {
  const bundle = join(target, 'manxctl.cjs')
  const esbuild = join(folder, '../../node_modules/.bin/esbuild')
  const options = ['--bundle', '--platform=node', '--format=cjs', '--target=node24', '--external:koffi']
  await output(esbuild, ['src/main.ts', ...options, `--outfile=${bundle}`, '--log-level=warning'], { cwd: folder })
  return (args, runOptions = {}) => run(process.execPath, [bundle, ...args], runOptions)
}

/** The program with a cluster; `ok` expects that it does what it is told, without a complaint. */
export function withCluster(manxctl: Manxctl, kubeconfig: string) {
  const on = (args: readonly string[], input?: string) =>
    manxctl(args, { env: { KUBECONFIG: kubeconfig }, ...(input === undefined ? {} : { input }) })
  const ok = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stdout, stderr } = await on(args, input)
    // What is not in force yet is warned of, which hinders nothing.
    const warned = stderr.split('\n').filter((line) => line.startsWith('standard input:'))
    const idle = warned.length > 0 && warned.every((line) => / warning: .* is not in force yet: /.test(line))
    expect([code, idle ? '' : stderr]).toEqual([0, ''])
    return stdout
  }
  return { on, ok }
}
