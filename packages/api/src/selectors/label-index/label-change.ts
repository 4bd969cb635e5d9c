import { type LabelNode, ownValue } from '../node.ts'
import type { Labels } from '../selector.ts'
import { effectiveValue, type LabelledView, sameParents } from './item.ts'

/**
 * The labels whose value changed, began or ended, in rows of label, value before, value after. One object serves many changes,
 * one after the other.
 */
export class LabelChange {
  readonly #labels: string[] = []
  readonly #before: (string | undefined)[] = []
  readonly #after: (string | undefined)[] = []

  get size(): number {
    return this.#labels.length
  }

  labelAt(index: number): string {
    return this.#labels[index] ?? ''
  }

  beforeAt(index: number): string | undefined {
    return this.#before[index]
  }

  afterAt(index: number): string | undefined {
    return this.#after[index]
  }

  /** Takes what differs between two states of an item. */
  ofItem(before: LabelledView, after: LabelledView): this {
    this.#clear()
    const compare = (labels: Labels) => {
      for (const label in labels) this.#add(label, effectiveValue(before, label), effectiveValue(after, label))
    }
    if (before.labels !== after.labels) {
      compare(before.labels)
      compare(after.labels)
    }
    if (!sameParents(before.parents, after.parents)) {
      for (const parent of before.parents) compare(parent.labels)
      for (const parent of after.parents) compare(parent.labels)
    }
    return this
  }

  /** Takes what differs between two states of labels by themselves. */
  ofLabels(before: Labels, after: Labels): this {
    this.#clear()
    for (const label in before) this.#add(label, before[label], ownValue(after, label))
    for (const label in after) this.#add(label, ownValue(before, label), after[label])
    return this
  }

  /** Some label is there only before or only after. */
  get beginsOrEnds(): boolean {
    return this.#before.includes(undefined) || this.#after.includes(undefined)
  }

  /** Adds that a label which began or ended may have hidden or shown one of these. */
  addHidden(labels: Labels): void {
    for (let index = this.size - 1; index >= 0; index--) {
      const before = this.#before[index]
      const after = this.#after[index]
      const hidden = before === undefined || after === undefined ? ownValue(labels, this.labelAt(index)) : undefined
      if (hidden !== undefined) this.#push(this.labelAt(index), before ?? hidden, after ?? hidden)
    }
  }

  /** Whether a condition on a label may have another outcome now. */
  affects(condition: LabelNode): boolean {
    for (let index = 0; index < this.#labels.length; index++) {
      if (this.#labels[index] === condition.label && this.#affects(condition, index)) return true
    }
    return false
  }

  #affects(condition: LabelNode, index: number): boolean {
    const before = this.#before[index]
    const after = this.#after[index]
    switch (condition.type) {
      case 'has':
        return before === undefined || after === undefined
      case 'equal':
      case 'notEqual':
        return before === condition.value || after === condition.value
      case 'in':
      case 'notIn':
        return (
          (before !== undefined && condition.values.includes(before)) ||
          (after !== undefined && condition.values.includes(after))
        )
      default:
        return true
    }
  }

  #clear(): void {
    this.#labels.length = 0
    this.#before.length = 0
    this.#after.length = 0
  }

  #add(label: string, before: string | undefined, after: string | undefined): void {
    if (before !== after && !this.#labels.includes(label)) this.#push(label, before, after)
  }

  #push(label: string, before: string | undefined, after: string | undefined): void {
    this.#labels.push(label)
    this.#before.push(before)
    this.#after.push(after)
  }
}
