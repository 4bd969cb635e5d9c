import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { compileHelper } from './compile-helper.ts'

export type ProbeState = 'passed' | 'refused'

export interface ProberOptions {
  /** Path of the sender's network namespace. */
  readonly source: string
  readonly sourceAddress: string
  readonly target: string
  readonly targetAddress: string
  readonly port?: number
  /** Microseconds between packets; half of it is the error of a measurement. */
  readonly interval?: number
}

/** A stream of UDP packets, and since when it passes or is refused. */
export interface Prober extends Disposable {
  readonly state: ProbeState | undefined
  /**
   * Resolves with the time of the first packet that met the state, as `monotonic()` has it, once it is in that state. Rejects
   * when it does not come to it in time.
   */
  until(state: ProbeState, timeout?: number): Promise<number>
}

/** Starts to probe; resolves when it is known whether packets pass. */
export async function startProber(options: ProberOptions): Promise<Prober> {
  const { source, sourceAddress, target, targetAddress, port = 4000, interval = 50 } = options
  const program = await compileHelper('prober')
  const child = spawn(program, [source, sourceAddress, target, targetAddress, String(port), String(interval)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let now: { readonly state: ProbeState; readonly since: number } | undefined
  let failure: Error | undefined
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, time] = line.split(' ')
    if (word !== 'passed' && word !== 'refused') return
    now = { state: word, since: Number(time) / 1e6 }
    tell()
  })
  const fail = (error: Error) => {
    failure ??= error
    tell()
  }
  child.on('error', fail)
  child.on('exit', (code) => fail(new Error(`the prober ended with ${code}`)))

  const wait = async (found: () => boolean, what: string, timeout: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const look = () => {
      if (failure !== undefined) reject(failure)
      else if (found()) resolve()
    }
    const timer = setTimeout(() => reject(new Error(`packets were not ${what} within ${timeout} ms`)), timeout)
    listeners.add(look)
    look()
    try {
      await promise
    } finally {
      listeners.delete(look)
      clearTimeout(timer)
    }
  }
  await wait(() => now !== undefined, 'sent', 10_000)
  return {
    get state() {
      return now?.state
    },
    until: async (state, timeout = 10_000) => {
      await wait(() => now?.state === state, state, timeout)
      return now?.since ?? Number.NaN
    },
    [Symbol.dispose]: () => {
      child.removeAllListeners('exit')
      child.kill('SIGKILL')
    },
  }
}
