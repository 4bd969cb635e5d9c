import type { Labels } from '../selector.ts'
import type { Restriction } from './conditions.ts'
import type { Entry, Found } from './entry.ts'
import type { LabelledView } from './item.ts'
import type { LabelChange } from './label-change.ts'
import { MentionIndex } from './mention-index.ts'

/** The selectors that match only with a certain label. */
interface Buckets {
  readonly byValue: Map<string, MentionIndex>
  /** Those that match with several or unknown values. */
  any: MentionIndex | undefined
}

/**
 * Selectors, found by the labels of an item that changes. Each is in the buckets of one of its restrictions: an item without
 * that label, before and after its change, never comes across it.
 */
export class SelectorIndex {
  readonly #restricted = new Map<string, Buckets>()
  readonly #unrestricted = new MentionIndex()
  readonly #all = new MentionIndex()
  readonly #matchingNoLabels = new Set<Entry>()
  /** Under which of its restrictions a selector is. */
  readonly #chosen = new Map<Entry, Restriction>()

  /** `counts`: how many items meet each restriction of the selector. */
  add(entry: Entry, counts: readonly number[]): void {
    this.#all.add(entry)
    if (entry.matchesNoLabels) this.#matchingNoLabels.add(entry)
    const restriction = this.#choose(entry.restrictions, counts)
    if (restriction === undefined) {
      this.#unrestricted.add(entry)
      return
    }
    this.#chosen.set(entry, restriction)
    let buckets = this.#restricted.get(restriction.label)
    if (buckets === undefined) {
      buckets = { byValue: new Map(), any: undefined }
      this.#restricted.set(restriction.label, buckets)
    }
    if (restriction.values === undefined) {
      buckets.any ??= new MentionIndex()
      buckets.any.add(entry)
      return
    }
    for (const value of restriction.values) {
      let bucket = buckets.byValue.get(value)
      if (bucket === undefined) {
        bucket = new MentionIndex()
        buckets.byValue.set(value, bucket)
      }
      bucket.add(entry)
    }
  }

  delete(entry: Entry): void {
    this.#all.delete(entry)
    this.#matchingNoLabels.delete(entry)
    const restriction = this.#chosen.get(entry)
    if (restriction === undefined) {
      this.#unrestricted.delete(entry)
      return
    }
    this.#chosen.delete(entry)
    const buckets = this.#restricted.get(restriction.label)
    if (buckets === undefined) return
    buckets.any?.delete(entry)
    if (buckets.any?.size === 0) buckets.any = undefined
    for (const value of restriction.values ?? []) {
      const bucket = buckets.byValue.get(value)
      bucket?.delete(entry)
      if (bucket?.size === 0) buckets.byValue.delete(value)
    }
    if (buckets.any === undefined && buckets.byValue.size === 0) this.#restricted.delete(restriction.label)
  }

  /** Finds the selectors that may have another outcome for an item whose labels change. */
  findAffected(before: LabelledView, after: LabelledView, change: LabelChange, found: Found): void {
    if (change.size === 0) return
    this.#findRestricted(before, change, found)
    this.#findRestricted(after, change, found)
    this.#unrestricted.findAffected(change, found)
  }

  /** Finds the selectors that match without any label: of an item that begins or ends, a change of labels finds the others. */
  findMatchingNoLabels(found: Found): void {
    for (const entry of this.#matchingNoLabels) found.add(entry)
  }

  /** Finds the selectors that may have another outcome for some item, whichever its other labels are. */
  findMentioning(change: LabelChange, found: Found): void {
    this.#all.findAffected(change, found)
  }

  #findRestricted(view: LabelledView, change: LabelChange, found: Found): void {
    this.#findByLabels(view.labels, change, found)
    for (const parent of view.parents) this.#findByLabels(parent.labels, change, found)
  }

  #findByLabels(labels: Labels, change: LabelChange, found: Found): void {
    for (const label in labels) {
      const buckets = this.#restricted.get(label)
      if (buckets === undefined) continue
      buckets.any?.findAffected(change, found)
      buckets.byValue.get(labels[label] ?? '')?.findAffected(change, found)
    }
  }

  /** The restriction under which the selector will be come across least often. */
  #choose(restrictions: readonly Restriction[], counts: readonly number[]): Restriction | undefined {
    let best: Restriction | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [index, restriction] of restrictions.entries()) {
      // Few items come by, or few selectors are there already; the latter spreads them when items are not known yet.
      const cost = ((counts[index] ?? 0) + 1) * (this.#sizeOf(restriction) + 1)
      if (cost >= least) continue
      best = restriction
      least = cost
    }
    return best
  }

  #sizeOf({ label, values }: Restriction): number {
    const buckets = this.#restricted.get(label)
    if (values === undefined) return buckets?.any?.size ?? 0
    return values.reduce((sum, value) => sum + (buckets?.byValue.get(value)?.size ?? 0), 0)
  }
}
