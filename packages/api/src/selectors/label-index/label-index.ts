import type { Labels, Selector } from '../selector.ts'

/** Hears of each match that begins or ends, while the change that is the reason is being made. Must not change the index. */
export interface LabelIndexListener {
  onMatch(selectorId: string, item: string): void
  onUnmatch(selectorId: string, item: string): void
}

interface Item {
  readonly labels: Labels
  readonly parents: readonly string[]
}

/**
 * Which selectors match which labelled items, kept up to date. An item has labels of its own and inherits those of its
 * parents: its own win, then those of the parent that is named first. A parent may be named before it is set; until then it
 * has no labels.
 */
export class LabelIndex {
  readonly #listener: LabelIndexListener
  readonly #items = new Map<string, Item>()
  readonly #parents = new Map<string, Labels>()
  readonly #selectors = new Map<string, { readonly selector: Selector; readonly matches: Set<string> }>()

  constructor(listener: LabelIndexListener) {
    this.#listener = listener
  }

  /** Adds the item, or gives it other labels and parents. Labels are kept, not copied: they must not change. */
  setItem(key: string, labels: Labels, parents: readonly string[] = []): void {
    this.#items.set(key, { labels, parents })
    this.#compare()
  }

  deleteItem(key: string): void {
    this.#items.delete(key)
    this.#compare()
  }

  setParent(name: string, labels: Labels): void {
    this.#parents.set(name, labels)
    this.#compare()
  }

  deleteParent(name: string): void {
    this.#parents.delete(name)
    this.#compare()
  }

  /** Adds a selector; one with this id that is another takes its place. */
  addSelector(id: string, selector: Selector): void {
    if (this.#selectors.get(id)?.selector.canonical === selector.canonical) return
    this.removeSelector(id)
    this.#selectors.set(id, { selector, matches: new Set() })
    this.#compare()
  }

  /** Removes a selector; the end of each of its matches is reported. */
  removeSelector(id: string): void {
    const matches = this.#selectors.get(id)?.matches ?? []
    this.#selectors.delete(id)
    for (const item of matches) this.#listener.onUnmatch(id, item)
  }

  /** The keys of the items that a selector matches; none for a selector that is not there. */
  matchesOf(id: string): Iterable<string> {
    return this.#selectors.get(id)?.matches ?? []
  }

  matches(id: string, item: string): boolean {
    return this.#selectors.get(id)?.matches.has(item) === true
  }

  /** The ids of the selectors that match an item. */
  selectorsOf(item: string): Iterable<string> {
    return [...this.#selectors].filter(([, { matches }]) => matches.has(item)).map(([id]) => id)
  }

  #compare(): void {
    for (const [id, { selector, matches }] of this.#selectors) {
      for (const item of matches) {
        if (!this.#items.has(item) && matches.delete(item)) this.#listener.onUnmatch(id, item)
      }
      for (const [key, { labels, parents }] of this.#items) {
        const lent = parents.map((name) => this.#parents.get(name) ?? {}).reverse()
        const effective = Object.assign({}, ...lent, labels) as Labels
        const is = selector.matches(effective)
        if (is === matches.has(key)) continue
        if (is) matches.add(key)
        else matches.delete(key)
        if (is) this.#listener.onMatch(id, key)
        else this.#listener.onUnmatch(id, key)
      }
    }
  }
}
