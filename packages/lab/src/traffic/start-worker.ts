import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { LabError } from '../lab-error.ts'
import type { TrafficOrder, WorkerReport } from './traffic-order.ts'

/** A worker in one network namespace. */
export interface TrafficWorker {
  report(): Promise<WorkerReport>
  /** Sends no more; what is on its way can still be answered. */
  stop(): Promise<void>
  end(): void
}

const program = fileURLToPath(new URL('traffic-worker.ts', import.meta.url))

/** Starts a worker in the network namespace at this path; resolves when it serves and sends. */
export async function startTrafficWorker(
  network: string,
  order: TrafficOrder,
  env: Readonly<Record<string, string>> = {},
): Promise<TrafficWorker> {
  const child = spawn('nsenter', [`--net=${network}`, '--', process.execPath, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  // Whoever asks a worker that ended gets that as its answer.
  child.stdin.on('error', () => undefined)
  const ask = async (line: string) => {
    child.stdin.write(`${line}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new LabError('CheckFailed', `the traffic worker in ${network} ended (${child.exitCode})`)
    return value
  }
  await ask(JSON.stringify(order))
  return {
    report: async () => JSON.parse(await ask('report')) as WorkerReport,
    stop: async () => {
      await ask('stop')
    },
    end: () => child.kill('SIGKILL'),
  }
}
