import { type Family, parseAddress } from '@manx/api'

/** An address that pods have, one object for each address, so that sets of many members are small. */
export interface AddressEntry {
  readonly text: string
  readonly family: Family
  /** As a set has it. */
  readonly parts: readonly string[]
}

interface Entry extends AddressEntry {
  readonly pods: string[]
  /** While several pods have the address: by selector, how many of them it matches. */
  counts?: Map<string, number>
}

/**
 * Who has which address. For a short time two pods may have the same one: it is a member of a set as long as one of them is.
 * Only of such addresses there are counts; the others are a member exactly when their pod is.
 */
export class AddressTable {
  readonly #entries = new Map<string, Entry>()

  /** Of a pod that no selector is known to match yet; `selectorsOf` tells those of other pods. Undefined: no address. */
  add(text: string, pod: string, selectorsOf: (pod: string) => Iterable<string>): AddressEntry | undefined {
    let entry = this.#entries.get(text)
    if (entry === undefined) {
      const family = parseAddress(text)?.family
      if (family === undefined) return undefined
      entry = { text, family, parts: [text], pods: [] }
      this.#entries.set(text, entry)
    }
    const [other] = entry.pods
    if (entry.pods.length === 1 && other !== undefined) {
      entry.counts = new Map(Array.from(selectorsOf(other), (selector) => [selector, 1]))
    }
    entry.pods.push(pod)
    return entry
  }

  /** Of a pod that no selector matches any more. */
  remove(text: string, pod: string): void {
    const entry = this.#entries.get(text)
    if (entry === undefined) return
    entry.pods.splice(entry.pods.indexOf(pod), 1)
    if (entry.pods.length === 1) delete entry.counts
    if (entry.pods.length === 0) this.#entries.delete(text)
  }

  /** A selector begins to match a pod with the address. True: and no other pod with it. */
  joins(entry: AddressEntry, selector: string): boolean {
    const { counts }: Entry = this.#of(entry)
    if (counts === undefined) return true
    const count = counts.get(selector) ?? 0
    counts.set(selector, count + 1)
    return count === 0
  }

  /** A selector matches a pod with the address no more. True: and no other pod with it. */
  leaves(entry: AddressEntry, selector: string): boolean {
    const { counts }: Entry = this.#of(entry)
    const count = counts?.get(selector) ?? 1
    if (count > 1) counts?.set(selector, count - 1)
    else counts?.delete(selector)
    return count === 1
  }

  isShared(entry: AddressEntry): boolean {
    return this.#of(entry).counts !== undefined
  }

  podsAt(text: string): readonly string[] {
    return this.#entries.get(text)?.pods ?? []
  }

  /** All entries are made here. */
  #of(entry: AddressEntry): Entry {
    return entry as Entry
  }
}
