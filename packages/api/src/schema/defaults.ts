import type { Node } from './schema.ts'
import { isObject, matchWord } from './validate.ts'

/**
 * The value with what is absent filled in: what the API server would store (`default`) and what readers take it for
 * (`assumed`). Words written in another case get the spelling of their list. The value itself stays as it is.
 */
export function fillDefaults(node: Node, value: unknown): unknown {
  if (node.type === 'string' && node.ignoreCase === true && typeof value === 'string') {
    return matchWord(node.enum ?? [], value) ?? value
  }
  if (node.type === 'list' && Array.isArray(value)) return value.map((item) => fillDefaults(node.items, item))
  if (node.type === 'map' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillDefaults(node.values, item)]))
  }
  if (node.type !== 'object' || !isObject(value)) return value
  const filled: Record<string, unknown> = { ...value }
  for (const [name, property] of Object.entries(node.properties)) {
    const present = fillDefaults(property, value[name] ?? undefined)
    const unset = present === undefined || (present === '' && isWord(property))
    const result = unset ? fillDefaults(property, defaultOf(property, value)) : present
    if (result === undefined) delete filled[name]
    else filled[name] = result
  }
  return filled
}

function isWord(node: Node): boolean {
  return node.type === 'string' && node.ignoreCase === true
}

function defaultOf(node: Node, around: Readonly<Record<string, unknown>>): unknown {
  if (node.default !== undefined) return node.default
  return typeof node.assumed === 'function' ? node.assumed(around) : node.assumed
}
