export interface DeltaTrackerOptions<Desired, Actual> {
  /** What the kernel will hold once the desired thing is written. */
  readonly toActual: (desired: Desired) => Actual
  readonly same: (a: Actual, b: Actual) => boolean
}

/**
 * Compares what should be with what the kernel was last known to hold, both by key, and remembers only the keys that may
 * differ: the cost of a change is that of the change.
 */
export class DeltaTracker<Desired, Actual> {
  readonly #toActual: (desired: Desired) => Actual
  readonly #same: (a: Actual, b: Actual) => boolean
  readonly #desired = new Map<string, Desired>()
  readonly #actual = new Map<string, Actual>()
  readonly #pending = new Set<string>()
  /** Keys that were desired once and are not any more: they go even when foreign things are not swept. */
  readonly #released = new Set<string>()

  constructor(options: DeltaTrackerOptions<Desired, Actual>) {
    this.#toActual = options.toActual
    this.#same = options.same
  }

  want(key: string, desired: Desired): void {
    this.#desired.set(key, desired)
    this.#released.delete(key)
    this.#check(key)
  }

  release(key: string): void {
    if (this.#desired.delete(key)) this.#released.add(key)
    this.#check(key)
  }

  desired(key: string): Desired | undefined {
    return this.#desired.get(key)
  }

  actual(key: string): Actual | undefined {
    return this.#actual.get(key)
  }

  desiredEntries(): IterableIterator<[string, Desired]> {
    return this.#desired.entries()
  }

  /** The kernel was read: this is all that it holds. */
  replaceActual(actual: ReadonlyMap<string, Actual>): void {
    this.#actual.clear()
    for (const [key, value] of actual) this.#actual.set(key, value)
    this.#pending.clear()
    for (const key of this.#desired.keys()) this.#check(key)
    for (const key of this.#actual.keys()) if (!this.#desired.has(key)) this.#pending.add(key)
    for (const key of this.#released) if (!this.#actual.has(key)) this.#released.delete(key)
  }

  /** The kernel holds this now (undefined: it holds nothing) under the key. */
  setActual(key: string, actual: Actual | undefined): void {
    if (actual === undefined) this.#actual.delete(key)
    else this.#actual.set(key, actual)
    this.#check(key)
  }

  /** Things to write, in the order in which they were wanted. */
  upserts(): readonly (readonly [string, Desired])[] {
    const found: [string, Desired][] = []
    for (const key of this.#pending) {
      const desired = this.#desired.get(key)
      if (desired !== undefined) found.push([key, desired])
    }
    return found
  }

  /** Things to remove; without `sweep` only those that were desired before. */
  removals(sweep: boolean): readonly (readonly [string, Actual])[] {
    const found: [string, Actual][] = []
    for (const key of this.#pending) {
      const actual = this.#actual.get(key)
      if (actual === undefined || this.#desired.has(key)) continue
      if (sweep || this.#released.has(key)) found.push([key, actual])
    }
    return found
  }

  /** The desired thing under this key was written. */
  written(key: string): void {
    const desired = this.#desired.get(key)
    this.setActual(key, desired === undefined ? undefined : this.#toActual(desired))
  }

  /** True when the kernel holds under this key what it should. */
  settled(key: string): boolean {
    return !this.#pending.has(key)
  }

  get pendingSize(): number {
    return this.#pending.size
  }

  #check(key: string): void {
    const desired = this.#desired.get(key)
    const actual = this.#actual.get(key)
    const right =
      desired === undefined ? actual === undefined : actual !== undefined && this.#same(this.#toActual(desired), actual)
    if (right) this.#pending.delete(key)
    else this.#pending.add(key)
    if (desired === undefined && actual === undefined) this.#released.delete(key)
  }
}
