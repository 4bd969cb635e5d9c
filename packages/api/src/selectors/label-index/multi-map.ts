/** Several values of a key. A single one, which is the usual case, costs no Set. */
export class MultiMap<K, V extends object> {
  readonly #values = new Map<K, V | Set<V>>()

  get isEmpty(): boolean {
    return this.#values.size === 0
  }

  add(key: K, value: V): void {
    const known = this.#values.get(key)
    if (known === undefined) this.#values.set(key, value)
    else if (known instanceof Set) known.add(value)
    else if (known !== value) this.#values.set(key, new Set([known, value]))
  }

  delete(key: K, value: V): void {
    const known = this.#values.get(key)
    if (known === value) {
      this.#values.delete(key)
    } else if (known instanceof Set) {
      known.delete(value)
      if (known.size === 0) this.#values.delete(key)
    }
  }

  valuesOf(key: K): Iterable<V> {
    const known = this.#values.get(key)
    if (known === undefined) return []
    return known instanceof Set ? known : [known]
  }

  *values(): Generator<V> {
    for (const known of this.#values.values()) {
      if (known instanceof Set) yield* known
      else yield known
    }
  }
}
