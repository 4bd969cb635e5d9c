import type { LabelNode, SelectorNode } from '../node.ts'

/** What must hold for a selector to match: the label is there, and where `values` is given, with one of these. */
export interface Restriction {
  readonly label: string
  readonly values: readonly string[] | undefined
}

/** All conditions on labels anywhere in a selector; its outcome depends on theirs alone. */
export function conditionsOf(node: SelectorNode, found: LabelNode[] = []): LabelNode[] {
  switch (node.type) {
    case 'all':
    case 'global':
      break
    case 'not':
      conditionsOf(node.operand, found)
      break
    case 'and':
    case 'or':
      for (const operand of node.operands) conditionsOf(operand, found)
      break
    default:
      found.push(node)
  }
  return found
}

/** Conditions that each by itself must hold for the selector to match. None: labels that it does not name may match. */
export function restrictionsOf(node: SelectorNode): Restriction[] {
  switch (node.type) {
    case 'equal':
      return [{ label: node.label, values: [node.value] }]
    case 'in':
      return [{ label: node.label, values: node.values }]
    case 'has':
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return [{ label: node.label, values: undefined }]
    case 'and':
      return node.operands.flatMap(restrictionsOf)
    case 'or':
      return node.operands.map(restrictionsOf).reduce(eitherOf)
    default:
      return []
  }
}

/** What must hold when one of two selectors must: labels that both restrict. */
function eitherOf(a: readonly Restriction[], b: readonly Restriction[]): Restriction[] {
  return a.flatMap(({ label, values }) => {
    const other = b.find((one) => one.label === label)
    if (other === undefined) return []
    const both = values === undefined || other.values === undefined ? undefined : [...values, ...other.values]
    return [{ label, values: both === undefined ? undefined : [...new Set(both)] }]
  })
}
