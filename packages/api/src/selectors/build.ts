import { compareText } from '../compare-text.ts'
import { canonicalSelector } from './canonical.ts'
import type { SelectorNode } from './node.ts'

/** The selector of everything. */
export const selectAll: SelectorNode = { type: 'all' }

/** `label == "value"`. A value with both kinds of quotes cannot be written: an Error. Labels of Kubernetes have neither. */
export function equal(label: string, value: string): SelectorNode {
  return { type: 'equal', label: checkedLabel(label), value: checkedValue(value) }
}

/** `label in {…}`; of one value, `label == …`. */
export function oneOf(label: string, values: Iterable<string>): SelectorNode {
  return ofSet('in', 'equal', label, values)
}

/** `label not in {…}`; of one value, `label != …`. True when the label is missing. */
export function noneOf(label: string, values: Iterable<string>): SelectorNode {
  return ofSet('notIn', 'notEqual', label, values)
}

export function has(label: string): SelectorNode {
  return { type: 'has', label: checkedLabel(label) }
}

/** Of a negation, what it negates: the canonical form of two would not be read as two. */
export function not(operand: SelectorNode): SelectorNode {
  return operand.type === 'not' ? operand.operand : { type: 'not', operand }
}

/**
 * All of the operands, in one order and each once, so that equal conditions get equal canonical texts whatever the order they
 * were written in. Of none, everything.
 */
export function and(operands: Iterable<SelectorNode>): SelectorNode {
  const sorted = new Map<string, SelectorNode>()
  for (const operand of operands) {
    for (const term of operand.type === 'and' ? operand.operands : [operand]) {
      if (term.type !== 'all') sorted.set(canonicalSelector(term), term)
    }
  }
  const terms = [...sorted].sort(([a], [b]) => compareText(a, b)).map(([, term]) => term)
  const [first] = terms
  if (first === undefined) return selectAll
  return terms.length === 1 ? first : { type: 'and', operands: terms }
}

function ofSet<S extends 'in' | 'notIn', C extends 'equal' | 'notEqual'>(
  type: S,
  single: C,
  label: string,
  values: Iterable<string>,
): SelectorNode {
  const sorted = [...new Set(values)].sort(compareText).map(checkedValue)
  const [value] = sorted
  if (sorted.length === 1 && value !== undefined) return { type: single, label: checkedLabel(label), value }
  return { type, label: checkedLabel(label), values: sorted }
}

function checkedLabel(label: string): string {
  if (!/^[A-Za-z0-9_./-]{1,512}$/.test(label)) throw new Error(`${JSON.stringify(label)} is no label of a selector`)
  return label
}

function checkedValue(value: string): string {
  if (value.includes('"') && value.includes("'")) {
    throw new Error(`${JSON.stringify(value)} has both kinds of quotes, so that no selector can have it`)
  }
  return value
}
