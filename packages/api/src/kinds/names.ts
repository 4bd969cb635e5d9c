import type { Issue } from '../kind.ts'

interface Named {
  readonly metadata: { readonly name: string }
}

/** For kinds of which the whole cluster has one. */
export function onlyNamedDefault({ metadata }: Named): Issue[] {
  if (metadata.name === 'default') return []
  return [{ path: 'metadata.name', value: metadata.name, message: 'must be default: there is one for the cluster' }]
}

/** The node that a per-node object is for (`node.NAME`), or undefined for any other name. */
export function nodeOfConfiguration(name: string): string | undefined {
  return name.startsWith('node.') && name.length > 5 ? name.slice(5) : undefined
}
