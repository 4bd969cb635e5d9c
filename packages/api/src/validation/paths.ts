import type { Node } from '../schema/schema.ts'
import { isObject } from '../schema/validate.ts'

/** The schema of what a path leads to; undefined when it has none. */
export function nodeAt(node: Node, steps: readonly string[]): Node | undefined {
  let at: Node | undefined = node
  for (const step of steps) {
    if (at === undefined) return undefined
    if (at.type === 'list') at = at.items
    else if (at.type === 'map') at = at.values
    else at = at.type === 'object' && Object.hasOwn(at.properties, step) ? at.properties[step] : undefined
  }
  return at
}

/** What a path leads to; undefined when there is nothing. */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value
  for (const step of steps) {
    if (Array.isArray(at)) at = at[Number(step)]
    else at = isObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
  }
  return at
}
