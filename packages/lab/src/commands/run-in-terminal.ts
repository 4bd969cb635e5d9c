import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** Runs a program on the caller's terminal, and makes its exit code ours. */
export async function runInTerminal(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  // Ctrl-C reaches the program by the terminal; it decides what that means.
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
  })
  process.off('SIGINT', ignore)
}
