/** The syntax tree of a selector. */
export type SelectorNode =
  | { readonly type: 'all' | 'global' }
  | LabelNode
  | { readonly type: 'not'; readonly operand: SelectorNode }
  | { readonly type: 'and' | 'or'; readonly operands: readonly SelectorNode[] }

/** A condition on one label. */
export type LabelNode =
  | { readonly type: 'has'; readonly label: string }
  | { readonly type: Comparison; readonly label: string; readonly value: string }
  | { readonly type: 'in' | 'notIn'; readonly label: string; readonly values: readonly string[] }

export type Comparison = 'equal' | 'notEqual' | 'contains' | 'startsWith' | 'endsWith'

/** Whether labels satisfy a selector. `!=` and `not in` hold for a missing label, all other comparisons do not. */
export function matchesLabels(node: SelectorNode, labels: Readonly<Record<string, string>>): boolean {
  return matchesSource(node, labels, ownValue)
}

/** As `matchesLabels`, for labels that are found by a function: of anything, without making an object for it. */
export function matchesSource<S>(
  node: SelectorNode,
  source: S,
  lookUp: (source: S, label: string) => string | undefined,
): boolean {
  switch (node.type) {
    case 'all':
    // What global() means depends on who asks: without a namespace to compare, it is all().
    case 'global':
      return true
    case 'not':
      return !matchesSource(node.operand, source, lookUp)
    case 'and':
      for (const operand of node.operands) if (!matchesSource(operand, source, lookUp)) return false
      return true
    case 'or':
      for (const operand of node.operands) if (matchesSource(operand, source, lookUp)) return true
      return false
    default:
      return matchesValue(node, lookUp(source, node.label))
  }
}

/** The value of a label, which may be named like something that every object has; of those nothing is text. */
export function ownValue(labels: Readonly<Record<string, string>>, label: string): string | undefined {
  const value: unknown = labels[label]
  return typeof value === 'string' ? value : undefined
}

function matchesValue(node: LabelNode, value: string | undefined): boolean {
  if (value === undefined) return node.type === 'notEqual' || node.type === 'notIn'
  switch (node.type) {
    case 'has':
      return true
    case 'equal':
      return value === node.value
    case 'notEqual':
      return value !== node.value
    case 'contains':
      return value.includes(node.value)
    case 'startsWith':
      return value.startsWith(node.value)
    case 'endsWith':
      return value.endsWith(node.value)
    case 'in':
      return node.values.includes(value)
    case 'notIn':
      return !node.values.includes(value)
  }
}
