import { has, not } from './build.ts'
import type { SelectorNode } from './node.ts'

/** What a namespace lends to its pods begins with this. */
export const namespaceLabelPrefix = 'pcns.'

/** What a service account lends to its pods begins with this. */
export const serviceAccountLabelPrefix = 'pcsa.'

/** The selector of pods whose namespace the given one selects. `all()` means any namespace, `global()` none. */
export function selectorOfNamespaces(node: SelectorNode): SelectorNode {
  return mapLabels(node, namespaceLabelPrefix, has('projectcalico.org/namespace'))
}

/** The selector of pods whose service account the given one selects. */
export function selectorOfServiceAccounts(node: SelectorNode): SelectorNode {
  return mapLabels(node, serviceAccountLabelPrefix, undefined)
}

/** `namespaced` is what stands for `all()`, its negation for `global()`; undefined leaves both. */
function mapLabels(node: SelectorNode, prefix: string, namespaced: SelectorNode | undefined): SelectorNode {
  switch (node.type) {
    case 'all':
      return namespaced ?? node
    case 'global':
      return namespaced === undefined ? node : not(namespaced)
    case 'not':
      return not(mapLabels(node.operand, prefix, namespaced))
    case 'and':
    case 'or':
      return { type: node.type, operands: node.operands.map((operand) => mapLabels(operand, prefix, namespaced)) }
    default:
      return { ...node, label: `${prefix}${node.label}` }
  }
}
