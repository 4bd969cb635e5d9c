import { spawn } from 'node:child_process'

export interface RunOptions {
  /** Network namespace to run in: a name under /run/netns or a path. Absent: the caller's. */
  readonly namespace?: string
  readonly input?: string | Uint8Array
  /** Milliseconds after which the process is killed. */
  readonly timeout?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface RunResult {
  readonly stdout: string
  readonly stderr: string
  /** Exit code; 128 + signal number when a signal ended it. */
  readonly code: number
}

/** Runs a program to its end. Never rejects for a non-zero exit: the caller decides what that means. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [program, programArgs] = inNamespace(command, args, options.namespace)
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArgs, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' as const }),
    })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A program that ends without reading its input closes the pipe; its exit code says the rest.
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
        code: code ?? 137,
      }),
    )
    child.stdin.end(options.input ?? '')
  })
}

/** Runs a program and returns its standard output; rejects with the command and its words when it fails. */
export async function output(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(command, args, options)
  if (result.code === 0) return result.stdout
  const where = options.namespace === undefined ? '' : ` in namespace ${options.namespace}`
  throw new Error(
    `${command} ${args.join(' ')}${where} exited ${result.code}: ${(result.stderr || result.stdout).trim()}`,
  )
}

/** The command line that runs a program in a network namespace, leaving the mounts (and so cgroups) as they are. */
export function inNamespace(
  command: string,
  args: readonly string[],
  namespace: string | undefined,
): [string, readonly string[]] {
  if (namespace === undefined) return [command, args]
  const path = namespace.startsWith('/') ? namespace : `/run/netns/${namespace}`
  return ['nsenter', [`--net=${path}`, '--', command, ...args]]
}
