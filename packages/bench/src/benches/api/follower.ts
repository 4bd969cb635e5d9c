import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A process that follows pods and tells of them, by the lines of `tell.mjs`. */
export interface Follower extends AsyncDisposable {
  readonly pid: number
  /** Resolves when it is about to list. */
  readonly begins: Promise<unknown>
  /** Resolves with the milliseconds from the beginning until all pods were known. */
  readonly complete: Promise<number>
  /** When a pod was seen to have this label, in milliseconds of CLOCK_MONOTONIC. */
  seen(label: string): Promise<number>
}

/** Starts Node with these arguments. What is awaited fails when the process ends. */
export function startFollower(args: readonly string[], environment: NodeJS.ProcessEnv): Follower {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const waiting = new Map<string, PromiseWithResolvers<number>>()
  const expect = (what: string): PromiseWithResolvers<number> => {
    const known = waiting.get(what) ?? Promise.withResolvers<number>()
    waiting.set(what, known)
    return known
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const words = line.split(' ')
    const value = words.length > 1 ? Number(words.pop()) : 0
    expect(words.join(' ')).resolve(value)
  })
  const exited = new Promise<void>((resolve) => {
    child.on('exit', (code) => {
      for (const { promise, reject } of waiting.values()) {
        // Those that nobody waits for are nobody's failure.
        promise.catch(() => undefined)
        reject(new Error(`${args[0]} ended with code ${code}`))
      }
      resolve()
    })
  })
  return {
    pid: child.pid ?? 0,
    begins: expect('begins').promise,
    complete: expect('complete').promise,
    seen: (label) => expect(`seen ${label}`).promise,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
