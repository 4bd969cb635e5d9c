import { pause } from '@manx/api'
import type { Daemon } from '@manx/testbed'
import { monotonic } from '../../measure.ts'
import { cpuOf, usageOf } from './process-usage.ts'

/** One start of a process. Times in milliseconds, memory in MiB. */
export interface StartSample {
  readonly ready: number
  /** CPU until then. */
  readonly cpu: number
  readonly peak: number
  readonly settled: number
  readonly settledPss: number
  /** Milliseconds of CPU per second, once it has nothing to do. */
  readonly idle: number
}

export interface StartTimes {
  /** Milliseconds until what it started with is thought to be over. */
  readonly settle: number
  /** Milliseconds over which idle CPU is taken. */
  readonly idle: number
}

/** Seldom enough that the answers cost next to nothing of what is measured. */
const interval = 50
const patience = 120_000

/** Starts a process, waits until it is ready, looks at it again later, and kills it. */
export async function startOne(
  launch: () => Promise<Daemon>,
  isReady: (daemon: Daemon) => Promise<boolean> | boolean,
  times: StartTimes,
): Promise<StartSample> {
  const began = monotonic()
  const daemon = await launch()
  try {
    let ended = false
    const end = () => {
      ended = true
    }
    daemon.exited.then(end, end)
    while (!(await isReady(daemon))) {
      if (ended) throw new Error(`ended before it was ready:\n${daemon.log()}`)
      if (monotonic() - began > patience) throw new Error(`not ready in time:\n${daemon.log()}`)
      await pause(interval)
    }
    const ready = monotonic() - began
    const cpu = cpuOf(daemon.pid)
    await pause(times.settle)
    const { peak, resident, proportional, cpu: before } = usageOf(daemon.pid)
    const from = monotonic()
    await pause(times.idle)
    const idle = ((cpuOf(daemon.pid) - before) / (monotonic() - from)) * 1000
    return { ready, cpu, peak, settled: resident, settledPss: proportional, idle }
  } finally {
    await daemon.stop('SIGKILL')
  }
}
