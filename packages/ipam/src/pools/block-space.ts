import { type Prefix, prefixContains, prefixOf } from '@manx/api'

/** What there is of one family and length, by value. */
interface Level<T> {
  readonly family: number
  readonly length: number
  readonly places: Map<bigint, T>
}

/** Blocks by their place. Pools that overlap, or that were made anew with another blockSize, have blocks of several lengths. */
export class BlockSpace<T extends { readonly prefix: Prefix }> {
  /** By family and length. */
  readonly #levels = new Map<number, Level<T>>()
  /** How many longer blocks lie within each prefix of a length; only for lengths that were asked about. */
  readonly #within = new Map<number, Level<number>>()
  #size = 0

  constructor(blocks: Iterable<T> = []) {
    for (const block of blocks) this.set(block)
  }

  get size(): number {
    return this.#size
  }

  *values(): Generator<T> {
    for (const { places } of this.#levels.values()) yield* places.values()
  }

  get(prefix: Prefix): T | undefined {
    return this.#levels.get(levelOf(prefix))?.places.get(prefix.value)
  }

  has(prefix: Prefix): boolean {
    return this.get(prefix) !== undefined
  }

  set(block: T): void {
    const { prefix } = block
    const { family, length } = prefix
    const level = this.#levels.get(levelOf(prefix)) ?? { family, length, places: new Map<bigint, T>() }
    if (!level.places.has(prefix.value)) {
      this.#levels.set(levelOf(prefix), level)
      this.#size++
      this.#count(prefix, 1)
    }
    level.places.set(prefix.value, block)
  }

  delete(prefix: Prefix): void {
    const level = this.#levels.get(levelOf(prefix))
    if (level?.places.delete(prefix.value) !== true) return
    if (level.places.size === 0) this.#levels.delete(levelOf(prefix))
    this.#size--
    this.#count(prefix, -1)
  }

  /** True when a block of another length has addresses of the prefix. Costs a look per length that there is, not per block. */
  crosses(prefix: Prefix): boolean {
    return this.around(prefix) !== undefined || (this.#countsWithin(prefix).get(prefix.value) ?? 0) > 0
  }

  /** One of those that `crosses` means. Looks at all blocks when there is one. */
  crossing(prefix: Prefix): Prefix | undefined {
    if (!this.crosses(prefix)) return undefined
    const around = this.around(prefix)
    if (around !== undefined) return around
    for (const { prefix: block } of this.values()) {
      if (block.length > prefix.length && prefixContains(prefix, block)) return block
    }
    return undefined
  }

  /** A shorter block that has all of the prefix. */
  around(prefix: Prefix): Prefix | undefined {
    for (const { family, length, places } of this.#levels.values()) {
      if (family !== prefix.family || length >= prefix.length) continue
      const around = prefixOf(prefix, length)
      if (places.has(around.value)) return around
    }
    return undefined
  }

  #countsWithin(prefix: Prefix): ReadonlyMap<bigint, number> {
    const { family, length } = prefix
    const known = this.#within.get(levelOf(prefix))
    if (known !== undefined) return known.places
    const counts = new Map<bigint, number>()
    this.#within.set(levelOf(prefix), { family, length, places: counts })
    for (const { prefix: block } of this.values()) countWithin(counts, length, block, family, 1)
    return counts
  }

  #count(block: Prefix, change: number): void {
    for (const { family, length, places } of this.#within.values()) countWithin(places, length, block, family, change)
  }
}

const levelOf = ({ family, length }: Prefix): number => family * 1000 + length

function countWithin(counts: Map<bigint, number>, length: number, block: Prefix, family: number, change: number): void {
  if (block.family !== family || block.length <= length) return
  const { value } = prefixOf(block, length)
  const count = (counts.get(value) ?? 0) + change
  if (count > 0) counts.set(value, count)
  else counts.delete(value)
}
