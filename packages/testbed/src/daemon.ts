import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { inNamespace, type RunOptions } from './run.ts'

export interface DaemonOptions extends Pick<RunOptions, 'namespace' | 'env' | 'cwd'> {
  /** Resolves the start once this says yes; polled every 50 ms for at most `startTimeout` ms (default 20,000). */
  readonly ready?: () => Promise<boolean>
  readonly startTimeout?: number
}

/** A program that keeps running until it is stopped. */
export interface Daemon {
  readonly pid: number
  /** What it printed so far on both streams, the newest 256 KiB. */
  log(): string
  readonly exited: Promise<number>
  /** Sends the signal (SIGTERM), after `grace` ms SIGKILL, and waits for the end. */
  stop(signal?: NodeJS.Signals, grace?: number): Promise<void>
}

const keptLog = 256 * 1024

/** Starts a program in the background; rejects with its log when it ends or is not ready in time. */
export async function startDaemon(
  command: string,
  args: readonly string[],
  options: DaemonOptions = {},
): Promise<Daemon> {
  const [program, programArgs] = inNamespace(command, args, options.namespace)
  const child: ChildProcess = spawn(program, programArgs, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let text = ''
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-keptLog)
  }
  child.stdout?.on('data', keep)
  child.stderr?.on('data', keep)
  let ended = false
  const exited = new Promise<number>((resolve) => {
    child.on('error', (error) => {
      text += String(error)
      ended = true
      resolve(127)
    })
    child.on('exit', (code) => {
      ended = true
      resolve(code ?? 137)
    })
  })
  const stop = async (signal: NodeJS.Signals = 'SIGTERM', grace = 5000) => {
    if (ended) return
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), grace)
    await exited
    clearTimeout(timer)
  }
  const daemon: Daemon = { pid: child.pid ?? 0, log: () => text, exited, stop }
  const deadline = Date.now() + (options.startTimeout ?? 20_000)
  while (options.ready !== undefined && !(await options.ready().catch(() => false))) {
    if (ended) throw new Error(`${command} ended before it was ready:\n${text}`)
    if (Date.now() > deadline) {
      await stop('SIGKILL')
      throw new Error(`${command} was not ready in time:\n${text}`)
    }
    await sleep(50)
  }
  return daemon
}
