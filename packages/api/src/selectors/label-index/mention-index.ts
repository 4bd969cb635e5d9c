import type { LabelNode } from '../node.ts'
import { type Entry, type Found, isAffected } from './entry.ts'
import type { LabelChange } from './label-change.ts'
import { MultiMap } from './multi-map.ts'

/** The selectors that mention a label. */
interface Mentions {
  /** Those that compare it with a value. */
  readonly byValue: MultiMap<string, Entry>
  /** Those that ask for its presence or a part of it. */
  readonly others: Set<Entry>
}

/** So many are faster looked at one by one than looked up, and take less memory. */
const few = 16

/** Selectors, found by what they say of labels that change. */
export class MentionIndex {
  readonly #entries = new Set<Entry>()
  /** Only while there are many. */
  #mentions: Map<string, Mentions> | undefined

  get size(): number {
    return this.#entries.size
  }

  add(entry: Entry): void {
    this.#entries.add(entry)
    if (this.#mentions !== undefined) {
      this.#addMentions(this.#mentions, entry)
    } else if (this.#entries.size > few) {
      this.#mentions = new Map()
      for (const one of this.#entries) this.#addMentions(this.#mentions, one)
    }
  }

  delete(entry: Entry): void {
    if (!this.#entries.delete(entry) || this.#mentions === undefined) return
    if (this.#entries.size * 2 < few) this.#mentions = undefined
    else for (const condition of entry.conditions) deleteMention(this.#mentions, entry, condition)
  }

  /** Finds the selectors that may have another outcome after the change. */
  findAffected(change: LabelChange, found: Found): void {
    if (this.#mentions === undefined) {
      for (const entry of this.#entries) if (isAffected(entry, change)) found.add(entry)
      return
    }
    for (let index = 0; index < change.size; index++) {
      const mentions = this.#mentions.get(change.labelAt(index))
      if (mentions === undefined) continue
      const before = change.beforeAt(index)
      const after = change.afterAt(index)
      if (before !== undefined) for (const entry of mentions.byValue.valuesOf(before)) found.add(entry)
      if (after !== undefined) for (const entry of mentions.byValue.valuesOf(after)) found.add(entry)
      for (const entry of mentions.others) if (isAffected(entry, change)) found.add(entry)
    }
  }

  #addMentions(all: Map<string, Mentions>, entry: Entry): void {
    for (const condition of entry.conditions) {
      let mentions = all.get(condition.label)
      if (mentions === undefined) {
        mentions = { byValue: new MultiMap(), others: new Set() }
        all.set(condition.label, mentions)
      }
      const values = valuesOf(condition)
      if (values === undefined) mentions.others.add(entry)
      else for (const value of values) mentions.byValue.add(value, entry)
    }
  }
}

function deleteMention(all: Map<string, Mentions>, entry: Entry, condition: LabelNode): void {
  const mentions = all.get(condition.label)
  if (mentions === undefined) return
  const values = valuesOf(condition)
  if (values === undefined) mentions.others.delete(entry)
  else for (const value of values) mentions.byValue.delete(value, entry)
  if (mentions.others.size === 0 && mentions.byValue.isEmpty) all.delete(condition.label)
}

/** The values whose coming and going decides a condition; undefined when others do, too. */
function valuesOf(condition: LabelNode): readonly string[] | undefined {
  switch (condition.type) {
    case 'equal':
    case 'notEqual':
      return [condition.value]
    case 'in':
    case 'notIn':
      return condition.values
    default:
      return undefined
  }
}
