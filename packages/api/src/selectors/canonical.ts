import type { SelectorNode } from './node.ts'

const operators = {
  equal: '==',
  notEqual: '!=',
  contains: 'contains',
  startsWith: 'starts with',
  endsWith: 'ends with',
  in: 'in',
  notIn: 'not in',
  and: '&&',
  or: '||',
} as const

/** The one spelling of a selector: double quotes where possible, sets sorted, every `&&` and `||` in parentheses. */
export function canonicalSelector(node: SelectorNode): string {
  switch (node.type) {
    case 'all':
    case 'global':
      return `${node.type}()`
    case 'has':
      return `has(${node.label})`
    case 'not':
      return `!${canonicalSelector(node.operand)}`
    case 'and':
    case 'or':
      return `(${node.operands.map(canonicalSelector).join(` ${operators[node.type]} `)})`
    case 'in':
    case 'notIn':
      return `${node.label} ${operators[node.type]} {${node.values.map(quote).join(', ')}}`
    default:
      return `${node.label} ${operators[node.type]} ${quote(node.value)}`
  }
}

function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`
}
