import { type Document, type ParsedNode, visit } from 'yaml'
import { keyText } from './to-value.ts'

/** The first key that is twice in one map. The library's own search compares each key of a map with all others. */
export function firstDuplicateKey(document: Document): { readonly key: string; readonly offset: number } | undefined {
  let found: { readonly key: string; readonly offset: number } | undefined
  visit(document, {
    Map(_, { items }) {
      const keys = new Set<string>()
      for (const { key: node } of items) {
        const key = keyText(node)
        if (key === undefined) continue
        if (keys.has(key)) {
          found = { key, offset: (node as ParsedNode).range[0] }
          return visit.BREAK
        }
        keys.add(key)
      }
      return undefined
    },
  })
  return found
}
