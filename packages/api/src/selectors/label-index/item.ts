import { ownValue } from '../node.ts'
import type { Labels } from '../selector.ts'
import { NumberSet } from './number-set.ts'

/** What lends its labels to items. */
export interface Parent {
  readonly name: string
  labels: Labels
  /** False while it is only named by items. */
  isSet: boolean
  /** The numbers of the items that name it. */
  readonly items: NumberSet
}

/** Labels of one's own and those of parents, of which the first that has a label lends it. */
export interface LabelledView {
  readonly labels: Labels
  readonly parents: readonly Parent[]
}

export interface Item extends LabelledView {
  readonly key: string
  /** Small and reused, so that sets of items can be bits. */
  readonly number: number
  labels: Labels
  parents: readonly Parent[]
}

export const noLabels: Labels = {}

export const nothing: LabelledView = { labels: noLabels, parents: [] }

export function createParent(name: string): Parent {
  return { name, labels: noLabels, isSet: false, items: new NumberSet() }
}

/** The value that a label has after inheritance. */
export function effectiveValue({ labels, parents }: LabelledView, label: string): string | undefined {
  const own = ownValue(labels, label)
  if (own !== undefined) return own
  for (const parent of parents) {
    const lent = ownValue(parent.labels, label)
    if (lent !== undefined) return lent
  }
  return undefined
}

export function sameParents(a: readonly Parent[], b: readonly Parent[]): boolean {
  return a.length === b.length && a.every((parent, index) => parent === b[index])
}
