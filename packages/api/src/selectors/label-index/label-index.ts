import { matchesSource } from '../node.ts'
import type { Labels, Selector } from '../selector.ts'
import { createEntry, type Entry, Found } from './entry.ts'
import { intersection, sizeOf } from './intersection.ts'
import { createParent, effectiveValue, type Item, type LabelledView, noLabels, nothing, type Parent } from './item.ts'
import { ItemIndex } from './item-index.ts'
import { LabelChange } from './label-change.ts'
import { SelectorIndex } from './selector-index.ts'

/** Hears of each match that begins or ends, while the change that is the reason is being made. Must not change the index nor throw. */
export interface LabelIndexListener {
  onMatch(selectorId: string, item: string): void
  onUnmatch(selectorId: string, item: string): void
}

/**
 * Which selectors match which labelled items, kept up to date. An item has labels of its own and inherits those of its
 * parents: its own win, then those of the parent that is named first. A parent may be named before it is set; until then it
 * has no labels.
 *
 * A change of labels asks only selectors that mention what changed and that could match the item; a new selector asks only
 * items that it could match. Matches are kept once, with the selector, as bits or numbers.
 */
export class LabelIndex {
  readonly #listener: LabelIndexListener
  readonly #items = new Map<string, Item>()
  readonly #byNumber: (Item | undefined)[] = []
  readonly #freeNumbers: number[] = []
  readonly #parents = new Map<string, Parent>()
  readonly #entries = new Map<string, Entry>()
  readonly #itemIndex = new ItemIndex()
  readonly #selectorIndex = new SelectorIndex()
  // Used anew by each operation: nothing is allocated per selector that is found.
  readonly #change = new LabelChange()
  readonly #found = new Found()

  constructor(listener: LabelIndexListener) {
    this.#listener = listener
  }

  /** Adds the item, or gives it other labels and parents. Labels are kept, not copied: they must not change. */
  setItem(key: string, labels: Labels, parents: readonly string[] = []): void {
    const known = this.#items.get(key)
    const item = known ?? this.#createItem(key)
    const before: LabelledView = { labels: item.labels, parents: item.parents }
    const after: LabelledView = { labels, parents: this.#parentsNamed(parents, item.parents) }
    const found = this.#findAffected(before, after)
    if (known === undefined) this.#selectorIndex.findMatchingNoLabels(found)
    this.#place(item, after)
    for (const entry of found.entries) this.#review(entry, item)
  }

  deleteItem(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    const found = this.#findAffected(item, nothing)
    this.#selectorIndex.findMatchingNoLabels(found)
    for (const entry of found.entries) this.#setMatch(entry, item, false)
    this.#place(item, nothing)
    this.#items.delete(key)
    this.#byNumber[item.number] = undefined
    this.#freeNumbers.push(item.number)
  }

  setParent(name: string, labels: Labels): void {
    const parent = this.#parents.get(name) ?? this.#createParent(name)
    parent.isSet = true
    this.#lend(parent, labels)
  }

  deleteParent(name: string): void {
    const parent = this.#parents.get(name)
    if (parent === undefined) return
    parent.isSet = false
    this.#lend(parent, noLabels)
    this.#forgetUnused(parent)
  }

  /** Adds a selector; one with this id that is another takes its place. */
  addSelector(id: string, selector: Selector): void {
    if (this.#entries.get(id)?.selector.canonical === selector.canonical) return
    this.removeSelector(id)
    const entry = createEntry(id, selector)
    this.#entries.set(id, entry)
    const candidates = entry.restrictions.map((restriction) => this.#itemIndex.find(restriction))
    this.#selectorIndex.add(entry, candidates.map(sizeOf))
    if (candidates.length === 0) for (const item of this.#items.values()) this.#review(entry, item)
    else for (const number of intersection(candidates)) this.#reviewNumber(entry, number)
  }

  /** Removes a selector; the end of each of its matches is reported. */
  removeSelector(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    this.#entries.delete(id)
    this.#selectorIndex.delete(entry)
    for (const number of entry.matches) this.#listener.onUnmatch(id, this.#keyOf(number))
  }

  /** The keys of the items that a selector matches; none for a selector that is not there. */
  *matchesOf(id: string): Generator<string> {
    for (const number of this.#entries.get(id)?.matches ?? []) yield this.#keyOf(number)
  }

  /** How many items a selector matches. */
  countOf(id: string): number {
    return this.#entries.get(id)?.matches.size ?? 0
  }

  matches(id: string, item: string): boolean {
    const number = this.#items.get(item)?.number
    return number !== undefined && this.#entries.get(id)?.matches.has(number) === true
  }

  /** The ids of the selectors that match an item. Found by the item's labels: costs more than `matches`. */
  selectorsOf(item: string): string[] {
    const known = this.#items.get(item)
    if (known === undefined) return []
    const found = this.#findAffected(known, nothing)
    this.#selectorIndex.findMatchingNoLabels(found)
    return found.entries.filter(({ matches }) => matches.has(known.number)).map(({ id }) => id)
  }

  #createItem(key: string): Item {
    const number = this.#freeNumbers.pop() ?? this.#byNumber.length
    const item: Item = { key, number, ...nothing }
    this.#items.set(key, item)
    this.#byNumber[number] = item
    return item
  }

  #createParent(name: string): Parent {
    const parent = createParent(name)
    this.#parents.set(name, parent)
    return parent
  }

  #forgetUnused(parent: Parent): void {
    if (!parent.isSet && parent.items.size === 0) this.#parents.delete(parent.name)
  }

  /** The parents of these names; `known` itself when it has just these, so that nothing is made for most updates. */
  #parentsNamed(names: readonly string[], known: readonly Parent[]): readonly Parent[] {
    if (names.length === known.length && names.every((name, index) => known[index]?.name === name)) return known
    return names.map((name) => this.#parents.get(name) ?? this.#createParent(name))
  }

  #findAffected(before: LabelledView, after: LabelledView): Found {
    const found = this.#found.start()
    this.#selectorIndex.findAffected(before, after, this.#change.ofItem(before, after), found)
    return found
  }

  #place(item: Item, { labels, parents }: LabelledView): void {
    const previous = item.parents
    if (item.labels !== labels) this.#itemIndex.replaceOwn(item.number, item.labels, labels)
    item.labels = labels
    item.parents = parents
    if (previous === parents) return
    for (const parent of previous) parent.items.delete(item.number)
    for (const parent of parents) parent.items.add(item.number)
    for (const parent of previous) this.#forgetUnused(parent)
  }

  #lend(parent: Parent, labels: Labels): void {
    const before = parent.labels
    if (before === labels) return
    const found = this.#found.start()
    const change = this.#change.ofLabels(before, labels)
    if (parent.items.size > 0 && change.size > 0) {
      if (change.beginsOrEnds) for (const { labels: hidden } of this.#companionsOf(parent)) change.addHidden(hidden)
      this.#selectorIndex.findMentioning(change, found)
    }
    this.#itemIndex.replaceLent(parent, before, labels)
    parent.labels = labels
    for (const entry of found.entries) this.#reviewItemsOf(parent, entry)
  }

  /** The other parents of a parent's items. */
  #companionsOf(parent: Parent): Set<Parent> {
    const companions = new Set<Parent>()
    for (const number of parent.items) for (const one of this.#byNumber[number]?.parents ?? []) companions.add(one)
    companions.delete(parent)
    return companions
  }

  /** Asks a selector about the items of a parent that it matches or could match now. */
  #reviewItemsOf({ items }: Parent, entry: Entry): void {
    const candidates = entry.restrictions.map((restriction) => this.#itemIndex.find(restriction))
    for (const number of intersection([[items], [entry.matches]])) this.#reviewNumber(entry, number)
    for (const number of intersection([[items], ...candidates])) this.#reviewNumber(entry, number)
  }

  #reviewNumber(entry: Entry, number: number): void {
    const item = this.#byNumber[number]
    if (item !== undefined) this.#review(entry, item)
  }

  #review(entry: Entry, item: Item): void {
    this.#setMatch(entry, item, matchesSource(entry.selector.node, item, effectiveValue))
  }

  #setMatch({ id, matches }: Entry, { key, number }: Item, is: boolean): void {
    if (matches.has(number) === is) return
    if (is) {
      matches.add(number)
      this.#listener.onMatch(id, key)
    } else {
      matches.delete(number)
      this.#listener.onUnmatch(id, key)
    }
  }

  #keyOf(number: number): string {
    return this.#byNumber[number]?.key ?? ''
  }
}
