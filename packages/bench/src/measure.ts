/** One figure of a benchmark. Times are in milliseconds unless `unit` says otherwise. */
export interface Figure {
  readonly bench: string
  readonly metric: string
  readonly unit: string
  readonly p50: number
  /** The value that 99 of 100 samples do not exceed; of rates, that 99 of 100 reach. */
  readonly p99: number
  /** The p50 of the same work done the baseline's way, measured in the same run; null where there is nothing to compare with. */
  readonly baseline: number | null
  /** p50 / baseline. Of times and sizes below 1 is better, of rates above 1. */
  readonly ratio: number | null
  /** Samples behind p50 and p99. */
  readonly n: number
}

/** `full` is what figures are published from; `quick` takes a minute or two; `tiny` shows that the harness works. */
export const sizes = ['full', 'quick', 'tiny'] as const
export type Size = (typeof sizes)[number]

export interface BenchmarkContext {
  readonly progress: (text: string) => void
  readonly size: Size
  /** Replaces the number of rounds of the size. */
  readonly rounds: number | undefined
  /** False for a case that the user did not ask for. */
  readonly wants: (caseName: string) => boolean
}

/** A benchmark: what it measures, beside what, and how. */
export interface Benchmark {
  readonly name: string
  readonly summary: string
  /** Runs etcd, kube-apiserver and other programs that are not Debian's. */
  readonly needsComponents: boolean
  run(context: BenchmarkContext): Promise<readonly Figure[]>
}

export interface FigureOptions {
  readonly unit?: string
  readonly baseline?: readonly number[]
  /** For rates: p99 is taken from the other end. */
  readonly higherIsBetter?: boolean
}

/** Sums up samples; an empty list makes no figure. */
export function figureOf(
  bench: string,
  metric: string,
  samples: readonly number[],
  { unit = 'ms', baseline = [], higherIsBetter = false }: FigureOptions = {},
): readonly Figure[] {
  if (samples.length === 0) return []
  const p50 = percentile(samples, 50)
  const beside = baseline.length === 0 ? null : percentile(baseline, 50)
  const ratio = beside === null || beside === 0 ? null : p50 / beside
  return [
    {
      bench,
      metric,
      unit,
      p50,
      p99: percentile(samples, higherIsBetter ? 1 : 99),
      baseline: beside,
      ratio,
      n: samples.length,
    },
  ]
}

export interface PairedWork {
  readonly ours: (round: number) => Promise<void>
  readonly baseline: (round: number) => Promise<void>
  readonly rounds: number
}

/** Runs both ways in turn, so that a drift of the machine's speed meets both; the first round warms up and is not counted. */
export async function measurePair(bench: string, metric: string, work: PairedWork): Promise<readonly Figure[]> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let round = 0; round <= work.rounds; round++) {
    const own = await milliseconds(() => work.ours(round))
    const other = await milliseconds(() => work.baseline(round))
    if (round === 0) continue
    ours.push(own)
    theirs.push(other)
  }
  return figureOf(bench, metric, ours, { baseline: theirs })
}

export async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const start = monotonic()
  await work()
  return monotonic() - start
}

/** Milliseconds of CLOCK_MONOTONIC, which the native helpers report too. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** Nearest-rank percentile; the list may be in any order and must not be empty. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError('percentile of an empty list')
  return value
}
