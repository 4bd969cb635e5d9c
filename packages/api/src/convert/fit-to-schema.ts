import type { ListNode, Node, ObjectNode } from '../schema/schema.ts'
import { isObject, matchWord } from '../schema/validate.ts'
import type { Report } from './finding.ts'

/**
 * The value as its schema has it, where it is clear what is meant: nulls and empty words for what is absent, words in another
 * case, texts for true and false. Fields that the schema lacks are left out, and reported. What is wrong otherwise stays wrong.
 */
export function fitToSchema(node: Node, value: unknown, path: string, report: Report): unknown {
  if (node.type === 'object' && isObject(value)) return fitObject(node, value, path, report)
  if (node.type === 'list' && Array.isArray(value)) return fitList(node, value, path, report)
  if (node.type === 'map' && isObject(value)) {
    const entries = Object.entries(value)
    return Object.fromEntries(
      entries.map(([key, item]) => [key, fitToSchema(node.values, item, `${path}[${key}]`, report)]),
    )
  }
  if (node.type === 'boolean' && (value === 'true' || value === 'false')) {
    report('changed', 'Rewritten', path, undefined, `is written ${value}, without quotes`)
    return value === 'true'
  }
  if (node.type !== 'string' || node.enum === undefined || typeof value !== 'string') return value
  const word = node.enum.includes(value) ? value : matchWord(node.enum, value)
  if (word === undefined || word === value || word === '' || node.ignoreCase === true) return value
  report('changed', 'Rewritten', path, undefined, `is written ${word}, not ${value}`)
  return word
}

function fitList(node: ListNode, value: readonly unknown[], path: string, report: Report): unknown[] {
  return value.map((item, index) => fitToSchema(node.items, item, `${path}[${index}]`, report))
}

function fitObject(node: ObjectNode, value: Record<string, unknown>, path: string, report: Report): object {
  const fields = Object.entries(value).flatMap(([name, item]) => {
    const property = Object.hasOwn(node.properties, name) ? node.properties[name] : undefined
    if (property === undefined) {
      if (item !== null) report('lost', 'UnknownField', `${path}.${name}`, item, 'is not known here, and left out')
      return []
    }
    const needed = node.required.includes(name) && property.default === undefined
    if (!needed && (item === null || isEmptyWord(property, item)) && property.nullable !== true) return []
    return [[name, fitToSchema(property, item, `${path}.${name}`, report)]]
  })
  return Object.fromEntries(fields)
}

/** How Go writes a word that was not chosen. */
function isEmptyWord(node: Node, value: unknown): boolean {
  return node.type === 'string' && value === '' && node.enum !== undefined && !node.enum.includes('')
}
