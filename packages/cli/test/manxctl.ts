import { run, type Terminal } from '../src/index.ts'

export interface Ended {
  readonly code: number
  readonly stdout: string
  /** Each time that something was said. */
  readonly stderr: readonly string[]
}

/** Runs a command line in this process, which takes far less time than one of its own. There is no cluster but that of flags. */
export async function manxctl(args: readonly string[], input = ''): Promise<Ended> {
  const out: string[] = []
  const err: string[] = []
  const terminal: Terminal = {
    environment: { CALICO_KUBECONFIG: '/nonexistent' },
    print: (text) => out.push(text),
    warn: (text) => err.push(text),
    readInput: async () => input,
  }
  const code = await run(args, terminal)
  return { code, stdout: out.join('\n'), stderr: err }
}
