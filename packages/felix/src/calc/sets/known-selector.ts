import { parseSelector, type Selector, selectorId } from '@manx/api'

export interface KnownSelector {
  readonly selector: Selector
  /** Twenty characters of Calico's identity of it. */
  readonly id: string
}

/** Enough for all rules of a large cluster; beyond, reading starts anew and nothing else changes. */
const most = 20_000

const known = new Map<string, KnownSelector>()

/** Reads a selector, once for all rules that have it. Throws `SelectorError`. */
export function knownSelector(text: string): KnownSelector {
  const before = known.get(text)
  if (before !== undefined) return before
  const selector = parseSelector(text)
  const found = { selector, id: selectorId(selector.canonical).slice(2, 22) }
  if (known.size >= most) known.clear()
  known.set(text, found)
  return found
}
