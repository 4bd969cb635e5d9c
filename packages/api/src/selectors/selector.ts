import { canonicalSelector } from './canonical.ts'
import { matchesLabels, type SelectorNode } from './node.ts'
import { parseSelectorNode, SelectorError } from './parse.ts'

export type Labels = Readonly<Record<string, string>>

/** A selector that was read, ready to be asked. */
export interface Selector {
  /** The same for all spellings of the same selector; for hashing and comparing. */
  readonly canonical: string
  readonly node: SelectorNode
  matches(labels: Labels): boolean
}

/** Reads a selector of Calico's grammar; an empty text selects all. Throws `SelectorError` with the position of the fault. */
export function parseSelector(text: string): Selector {
  return selectorOf(parseSelectorNode(text))
}

/** A selector that was built, see `selectors/build.ts`. */
export function selectorOf(node: SelectorNode): Selector {
  return { node, canonical: canonicalSelector(node), matches: (labels) => matchesLabels(node, labels) }
}

/** What is wrong with a text that should be a selector; undefined when nothing is. */
export function explainSelector(text: string): string | undefined {
  try {
    parseSelectorNode(text)
    return undefined
  } catch (error) {
    if (error instanceof SelectorError) return error.message
    throw error
  }
}
