/** The syntax tree of a selector. */
export type SelectorNode =
  | { readonly type: 'all' | 'global' }
  | { readonly type: 'has'; readonly label: string }
  | { readonly type: Comparison; readonly label: string; readonly value: string }
  | { readonly type: 'in' | 'notIn'; readonly label: string; readonly values: readonly string[] }
  | { readonly type: 'not'; readonly operand: SelectorNode }
  | { readonly type: 'and' | 'or'; readonly operands: readonly SelectorNode[] }

export type Comparison = 'equal' | 'notEqual' | 'contains' | 'startsWith' | 'endsWith'

/** Whether labels satisfy a selector. `!=` and `not in` hold for a missing label, all other comparisons do not. */
export function matchesLabels(node: SelectorNode, labels: Readonly<Record<string, string>>): boolean {
  switch (node.type) {
    case 'all':
    // What global() means depends on who asks: without a namespace to compare, it is all().
    case 'global':
      return true
    case 'not':
      return !matchesLabels(node.operand, labels)
    case 'and':
      return node.operands.every((operand) => matchesLabels(operand, labels))
    case 'or':
      return node.operands.some((operand) => matchesLabels(operand, labels))
    default:
      return matchesValue(node, Object.hasOwn(labels, node.label) ? labels[node.label] : undefined)
  }
}

type LabelNode = Extract<SelectorNode, { label: string }>

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
