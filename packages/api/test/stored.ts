import type { Node } from '../src/schema/schema.ts'
import { isObject } from '../src/schema/validate.ts'

/** What the API server makes of a value: the defaults that it stores are filled in, those that readers assume are not. */
export function withStored(node: Node, value: unknown): unknown {
  if (node.type === 'list' && Array.isArray(value)) return value.map((item) => withStored(node.items, item))
  if (node.type !== 'object' || !isObject(value)) return value
  const stored: Record<string, unknown> = { ...value }
  for (const [name, property] of Object.entries(node.properties)) {
    const present = value[name] ?? property.default
    if (present !== undefined) stored[name] = withStored(property, present)
  }
  return stored
}
