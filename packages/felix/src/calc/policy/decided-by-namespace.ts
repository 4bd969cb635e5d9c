import { endpointLabelNames, type SelectorNode } from '@manx/api'

/** What a namespace lends to its pods. */
const lentByNamespace = 'pcns.'

/**
 * True for a selector that matches all pods of a namespace or none of them: it asks for nothing that differs between them. A
 * pod's own labels never stand in for those that it asks for.
 */
export function isDecidedByNamespace(node: SelectorNode): boolean {
  switch (node.type) {
    case 'all':
    case 'global':
      return true
    case 'not':
      return isDecidedByNamespace(node.operand)
    case 'and':
    case 'or':
      return node.operands.every(isDecidedByNamespace)
    default:
      return (
        node.label.startsWith(lentByNamespace) ||
        node.label === endpointLabelNames.namespace ||
        node.label === endpointLabelNames.orchestrator
      )
  }
}
