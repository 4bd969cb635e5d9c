import { type Document, type ParsedNode, visit } from 'yaml'
import { keyText } from './to-value.ts'

export interface DuplicateKey {
  readonly key: string
  /** Where it is the second time. */
  readonly offset: number
}

/** The first key that is twice in one map. The library's own search compares each key of a map with all others. */
export function firstDuplicateKey(document: Document): DuplicateKey | undefined {
  let found: DuplicateKey | undefined
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
