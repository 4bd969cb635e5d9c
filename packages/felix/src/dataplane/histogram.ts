/** Durations in seconds, counted by size. */
export interface HistogramData {
  /** Inclusive upper bounds of the first entries of `counts`; its last entry is what is above all of them. */
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly sum: number
  readonly count: number
}

/** From 0.1 ms to 10 s in steps that tell 1 ms from 1.5 ms. */
const latencyBounds = [
  0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5, 5, 10,
]

/** Counts durations since the start. */
export class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[] = latencyBounds) {
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(seconds: number): void {
    const found = this.#bounds.findIndex((bound) => seconds <= bound)
    const index = found < 0 ? this.#bounds.length : found
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    this.#sum += seconds
    this.#count++
  }

  /** Observes the time since `start`, which is of `performance.now()`. */
  observeSince(start: number): void {
    this.observe((performance.now() - start) / 1000)
  }

  data(): HistogramData {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum, count: this.#count }
  }
}
