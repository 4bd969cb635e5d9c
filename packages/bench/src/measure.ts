/** One figure of a benchmark. Times are in milliseconds unless `unit` says otherwise. */
export interface Figure {
  readonly bench: string
  readonly metric: string
  readonly unit: string
  readonly p50: number
  readonly p99: number
  /** The p50 of the same work done the baseline's way, measured in the same run. */
  readonly baseline: number
  /** p50 / baseline: below 1 is faster than the baseline. */
  readonly ratio: number
  readonly n: number
}

/** A benchmark: what it measures, beside what, and how. */
export interface Benchmark {
  readonly name: string
  readonly summary: string
  run(progress: (text: string) => void): Promise<readonly Figure[]>
}

export interface PairedWork {
  readonly ours: (round: number) => Promise<void>
  readonly baseline: (round: number) => Promise<void>
  readonly rounds: number
}

/** Runs both ways in turn, so that a drift of the machine's speed meets both; the first round warms up and is not counted. */
export async function measurePair(bench: string, metric: string, work: PairedWork): Promise<Figure> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= work.rounds; round++) {
    const own = await milliseconds(() => work.ours(round))
    const other = await milliseconds(() => work.baseline(round))
    if (round === 0) continue
    ours.push(own)
    theirs.push(other)
  }
  const p50 = percentile(ours, 50)
  const baseline = percentile(theirs, 50)
  return { bench, metric, unit: 'ms', p50, p99: percentile(ours, 99), baseline, ratio: p50 / baseline, n: work.rounds }
}

async function milliseconds(work: () => Promise<void>): Promise<number> {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1e6
}

/** Nearest-rank percentile; the list may be in any order and must not be empty. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError('percentile of an empty list')
  return value
}
