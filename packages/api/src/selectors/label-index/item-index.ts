import type { Labels } from '../selector.ts'
import type { Restriction } from './conditions.ts'
import type { Parent } from './item.ts'
import { MultiMap } from './multi-map.ts'
import { NumberSet } from './number-set.ts'

/**
 * Items, found by labels. Labels that parents lend are kept with the parents, so that a parent's change costs nothing per item,
 * and an item costs nothing per label that it inherits.
 */
export class ItemIndex {
  readonly #own = new Map<string, Map<string, NumberSet>>()
  readonly #lent = new Map<string, MultiMap<string, Parent>>()

  /** Notes that the item has these labels of its own instead of others. */
  replaceOwn(number: number, before: Labels, after: Labels): void {
    for (const label in before) if (before[label] !== after[label]) this.#deleteOwn(number, label, before[label] ?? '')
    for (const label in after) if (before[label] !== after[label]) this.#addOwn(number, label, after[label] ?? '')
  }

  /** Notes that the parent lends these labels instead of others. */
  replaceLent(parent: Parent, before: Labels, after: Labels): void {
    for (const label in before) {
      const parents = this.#lent.get(label)
      parents?.delete(before[label] ?? '', parent)
      if (parents?.isEmpty === true) this.#lent.delete(label)
    }
    for (const label in after) {
      let parents = this.#lent.get(label)
      if (parents === undefined) {
        parents = new MultiMap()
        this.#lent.set(label, parents)
      }
      parents.add(after[label] ?? '', parent)
    }
  }

  /**
   * Sets of the numbers of the items that meet the restriction. Those whose own label hides an inherited one are among them,
   * too. Not to be kept: the sets change with the items.
   */
  find({ label, values }: Restriction): NumberSet[] {
    const own = this.#own.get(label)
    const lent = this.#lent.get(label)
    const sets: NumberSet[] = []
    if (values === undefined) {
      if (own !== undefined) sets.push(...own.values())
      if (lent !== undefined) for (const parent of lent.values()) sets.push(parent.items)
      return sets
    }
    for (const value of values) {
      const items = own?.get(value)
      if (items !== undefined) sets.push(items)
      if (lent !== undefined) for (const parent of lent.valuesOf(value)) sets.push(parent.items)
    }
    return sets
  }

  #addOwn(number: number, label: string, value: string): void {
    let byValue = this.#own.get(label)
    if (byValue === undefined) {
      byValue = new Map()
      this.#own.set(label, byValue)
    }
    let items = byValue.get(value)
    if (items === undefined) {
      items = new NumberSet()
      byValue.set(value, items)
    }
    items.add(number)
  }

  #deleteOwn(number: number, label: string, value: string): void {
    const byValue = this.#own.get(label)
    const items = byValue?.get(value)
    items?.delete(number)
    if (items?.size === 0) byValue?.delete(value)
    if (byValue?.size === 0) this.#own.delete(label)
  }
}
