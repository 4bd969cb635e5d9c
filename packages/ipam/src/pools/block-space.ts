import { formatPrefix, type Prefix, prefixContains, prefixOf } from '@manx/api'

/** Blocks by their place. Pools that overlap, or that were made anew with another blockSize, have blocks of several lengths. */
export class BlockSpace<T extends { readonly prefix: Prefix }> {
  readonly #blocks = new Map<string, T>()
  /** The same by family and length, then by value. */
  readonly #levels = new Map<
    string,
    { readonly family: number; readonly length: number; readonly values: Set<bigint> }
  >()
  /** How many longer blocks lie within each prefix of a length; only for lengths that were asked about. */
  readonly #within = new Map<string, Map<bigint, number>>()

  constructor(blocks: Iterable<T> = []) {
    for (const block of blocks) this.set(block)
  }

  get size(): number {
    return this.#blocks.size
  }

  values(): Iterable<T> {
    return this.#blocks.values()
  }

  get(prefix: Prefix): T | undefined {
    return this.#blocks.get(formatPrefix(prefix))
  }

  has(prefix: Prefix): boolean {
    return this.#levels.get(levelOf(prefix))?.values.has(prefix.value) === true
  }

  set(block: T): void {
    const { prefix } = block
    if (!this.has(prefix)) {
      const { family, length } = prefix
      const level = this.#levels.get(levelOf(prefix)) ?? { family, length, values: new Set<bigint>() }
      this.#levels.set(levelOf(prefix), level)
      level.values.add(prefix.value)
      this.#count(prefix, 1)
    }
    this.#blocks.set(formatPrefix(prefix), block)
  }

  delete(prefix: Prefix): void {
    if (!this.has(prefix)) return
    const level = this.#levels.get(levelOf(prefix))
    level?.values.delete(prefix.value)
    if (level?.values.size === 0) this.#levels.delete(levelOf(prefix))
    this.#count(prefix, -1)
    this.#blocks.delete(formatPrefix(prefix))
  }

  /** True when a block of another length has addresses of the prefix. Costs a look per length that there is, not per block. */
  crosses(prefix: Prefix): boolean {
    return this.#around(prefix) !== undefined || (this.#countsWithin(prefix).get(prefix.value) ?? 0) > 0
  }

  /** One of those that `crosses` means. Looks at all blocks when there is one. */
  crossing(prefix: Prefix): Prefix | undefined {
    if (!this.crosses(prefix)) return undefined
    const within = [...this.#blocks.values()].find(
      ({ prefix: block }) => block.length > prefix.length && prefixContains(prefix, block),
    )
    return this.#around(prefix) ?? within?.prefix
  }

  #around(prefix: Prefix): Prefix | undefined {
    for (const { family, length, values } of this.#levels.values()) {
      if (family !== prefix.family || length >= prefix.length) continue
      const around = prefixOf(prefix, length)
      if (values.has(around.value)) return around
    }
    return undefined
  }

  #countsWithin(prefix: Prefix): Map<bigint, number> {
    const key = levelOf(prefix)
    const known = this.#within.get(key)
    if (known !== undefined) return known
    const counts = new Map<bigint, number>()
    this.#within.set(key, counts)
    for (const { prefix: block } of this.#blocks.values()) countWithin(counts, prefix.length, block, prefix.family, 1)
    return counts
  }

  #count(block: Prefix, change: number): void {
    for (const [key, counts] of this.#within) {
      const [family, length] = key.split('/')
      countWithin(counts, Number(length), block, Number(family), change)
    }
  }
}

const levelOf = ({ family, length }: Prefix): string => `${family}/${length}`

function countWithin(counts: Map<bigint, number>, length: number, block: Prefix, family: number, change: number): void {
  if (block.family !== family || block.length <= length) return
  const { value } = prefixOf(block, length)
  const count = (counts.get(value) ?? 0) + change
  if (count > 0) counts.set(value, count)
  else counts.delete(value)
}
