import type { NameRule } from '../kind.ts'

/** For kinds of which the whole cluster has one. */
export const onlyNamedDefault: NameRule = {
  pattern: '^default$',
  message: 'must be default: there is one for the cluster',
}

/** The node that a per-node object is for (`node.NAME`), or undefined for any other name. */
export function nodeOfConfiguration(name: string): string | undefined {
  return name.startsWith('node.') && name.length > 5 ? name.slice(5) : undefined
}
