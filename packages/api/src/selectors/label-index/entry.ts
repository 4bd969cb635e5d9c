import { type LabelNode, matchesLabels } from '../node.ts'
import type { Selector } from '../selector.ts'
import { conditionsOf, type Restriction, restrictionsOf } from './conditions.ts'
import { noLabels } from './item.ts'
import type { LabelChange } from './label-change.ts'
import { NumberSet } from './number-set.ts'

/** A selector in the index. */
export interface Entry {
  readonly id: string
  readonly selector: Selector
  readonly conditions: readonly LabelNode[]
  readonly restrictions: readonly Restriction[]
  readonly matchesNoLabels: boolean
  /** The numbers of the items that it matches. */
  readonly matches: NumberSet
  /** The last search that found it, so that it is found once. */
  foundBy: number
}

export function createEntry(id: string, selector: Selector): Entry {
  const { node } = selector
  return {
    id,
    selector,
    conditions: conditionsOf(node),
    restrictions: restrictionsOf(node),
    matchesNoLabels: matchesLabels(node, noLabels),
    matches: new NumberSet(),
    foundBy: 0,
  }
}

/** Whether the change may give the selector another outcome. */
export function isAffected({ conditions }: Entry, change: LabelChange): boolean {
  for (const condition of conditions) if (change.affects(condition)) return true
  return false
}

/** Selectors found by one search after the other, each once per search. */
export class Found {
  readonly #entries: Entry[] = []
  #search = 0

  start(): this {
    this.#search++
    this.#entries.length = 0
    return this
  }

  add(entry: Entry): void {
    if (entry.foundBy === this.#search) return
    entry.foundBy = this.#search
    this.#entries.push(entry)
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }
}
