import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from '../lab-error.ts'
import { labFolder } from './lab-folder.ts'
import { daemonVariable, labVariable } from './lab-processes.ts'

export interface LabDaemonOptions {
  readonly lab: string
  /** Unique in the lab; also the log's name. */
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Polled until it says yes; the start fails with the log's end when the daemon ends before or the time is up. */
  readonly ready?: () => Promise<boolean>
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
}

/** Starts a program that outlives this process, with its output in the lab's log folder. */
export async function startLabDaemon(options: LabDaemonOptions): Promise<number> {
  const child = spawnLabDaemon(options)
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('exit', (code, signal) => resolve(`exit ${code ?? signal}`))
  })
  let end: string | undefined
  void ended.then((how) => {
    end = how
  })
  const deadline = Date.now() + (options.timeoutSeconds ?? 60) * 1000
  while (options.ready !== undefined && !(await options.ready().catch(() => false))) {
    options.signal?.throwIfAborted()
    if (end !== undefined) throw await failed(options, `ended (${end})`)
    if (Date.now() > deadline) throw await failed(options, 'was not ready in time')
    await sleep(50, undefined, { signal: options.signal })
  }
  return child.pid ?? 0
}

/** The spawn alone, for a daemon that is given something over its IPC channel. */
export function spawnLabDaemon(options: LabDaemonOptions, ipc = false): ChildProcess {
  const log = openSync(labFolder(options.lab).log(options.name), 'a')
  try {
    const [program, ...args] = options.command
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log, log, ...(ipc ? (['ipc'] as const) : [])],
      cwd: options.cwd ?? '/',
      env: {
        PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        ...options.env,
        [labVariable]: options.lab,
        [daemonVariable]: options.name,
      },
    })
    child.unref()
    return child
  } finally {
    closeSync(log)
  }
}

async function failed(options: LabDaemonOptions, what: string): Promise<LabError> {
  const path = labFolder(options.lab).log(options.name)
  const log = await readFile(path, 'utf8').catch(() => '')
  return new LabError('StartFailed', `${options.name} ${what}; the end of ${path}:\n${lastLines(log, 15)}`)
}

function lastLines(text: string, count: number): string {
  return text
    .trimEnd()
    .split('\n')
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n')
}
