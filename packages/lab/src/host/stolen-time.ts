import { readFileSync } from 'node:fs'

/** Processor time since the machine began, in ticks. */
export interface ProcessorTime {
  readonly total: number
  /** Taken by the host of this virtual machine, while programs here wanted to run. */
  readonly stolen: number
}

export interface StolenTimeWatch extends Disposable {
  /** The largest share of processor time, 0 to 1, that was taken within some seconds since the watch began. */
  readonly worst: number
}

/** Longer than that, and BGP's timers notice. */
const window = 5

/** Looks every second how much of the processors the host takes: what it takes no program of ours can do anything about. */
export function watchStolenTime(
  read: () => string = () => readFileSync('/proc/stat', 'utf8'),
  every = 1000,
): StolenTimeWatch {
  const times = [parseProcessorTime(read())]
  let worst = 0
  const timer = setInterval(() => {
    times.push(parseProcessorTime(read()))
    if (times.length > window + 1) times.shift()
    const [first, last] = [times[0], times.at(-1)]
    if (times.length > window && first !== undefined && last !== undefined) worst = Math.max(worst, share(first, last))
  }, every)
  timer.unref()
  return {
    get worst() {
      return worst
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

function share(before: ProcessorTime, after: ProcessorTime): number {
  const total = after.total - before.total
  return total <= 0 ? 0 : (after.stolen - before.stolen) / total
}

/** Reads the first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal; guests are in user. */
export function parseProcessorTime(stat: string): ProcessorTime {
  const [line = ''] = stat.split('\n', 1)
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  return { total: ticks.reduce((sum, one) => sum + one, 0), stolen: ticks[7] ?? 0 }
}
