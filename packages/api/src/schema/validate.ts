import { compareText } from '../compare-text.ts'
import type { Issue } from '../kind.ts'
import { suggest } from '../suggest.ts'
import type { IntegerNode, IntOrStringNode, ListNode, MapNode, Node, ObjectNode, Rule, StringNode } from './schema.ts'

export interface ShapeOptions {
  /** What to do with fields that the schema lacks. */
  readonly unknownFields: 'refuse' | 'ignore'
}

/** Adds what is wrong with a value to `issues`; looks at all of it. */
export function checkShape(node: Node, value: unknown, path: string, issues: Issue[], options: ShapeOptions): void {
  if (value === null && node.nullable === true) return
  const before = issues.length
  let problem: string | undefined
  switch (node.type) {
    case 'string':
      problem = explainString(node, value)
      break
    case 'integer':
      problem = explainInteger(node, value)
      break
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value)) problem = 'must be a number'
      break
    case 'boolean':
      if (typeof value !== 'boolean') problem = 'must be true or false'
      break
    case 'intOrString':
      problem = explainIntOrString(node, value)
      break
    case 'list':
      checkList(node, value, path, issues, options)
      break
    case 'map':
      checkMap(node, value, path, issues, options)
      break
    case 'object':
      checkObject(node, value, path, issues, options)
      break
  }
  // The field's own check may rely on the shape; a field too many does not change that.
  const right = () => issues.slice(before).every(({ fault }) => fault === 'UnknownField')
  if (problem === undefined && right()) problem = node.check?.(value as never)
  if (problem !== undefined) issues.push({ path, value, message: problem, ...suggestedWord(node, value) })
  if (right()) checkRules(node.rules ?? [], value, path, issues)
}

/** Adds an issue for each rule that says in TypeScript, too, that it does not hold. */
export function checkRules(rules: readonly Rule[], value: unknown, path: string, issues: Issue[]): void {
  for (const { holds, at, message } of rules) {
    if (holds === undefined || holds(value as never)) continue
    const field =
      at === undefined ? value : at.split('.').reduce((part, key) => (isObject(part) ? part[key] : undefined), value)
    issues.push({
      path: [path, at].filter((part) => part !== undefined && part !== '').join('.'),
      value: field,
      message,
    })
  }
}

const patterns = new Map<string, RegExp>()

function patternOf(pattern: string): RegExp {
  let compiled = patterns.get(pattern)
  if (compiled === undefined) {
    compiled = new RegExp(pattern, 'u')
    patterns.set(pattern, compiled)
  }
  return compiled
}

function explainString(node: StringNode, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string'
  if (node.enum !== undefined) {
    const known = node.ignoreCase === true ? matchWord(node.enum, value) !== undefined : node.enum.includes(value)
    return known ? undefined : mustBeOneOf(node, node.enum)
  }
  // The API server counts characters, not UTF-16 units.
  const length = value.length > (node.maxLength ?? value.length) ? [...value].length : value.length
  if (node.maxLength !== undefined && length > node.maxLength) return `must have at most ${node.maxLength} characters`
  if (length < (node.minLength ?? 0)) return `must have at least ${node.minLength} characters`
  if (node.format === 'date-time' && !isTime(value)) return 'must be a time such as 2026-01-31T12:00:00Z'
  if (node.pattern === undefined || patternOf(node.pattern).test(value)) return undefined
  // The field's own words are clearer than a pattern.
  return node.check?.(value as never) ?? `must match ${node.pattern}`
}

/** Without those that are only known so that they can be refused in words of their own. */
const allowedWords = (node: StringNode, words: readonly string[]): readonly string[] =>
  words.filter((word) => node.check?.(word as never) === undefined)

function mustBeOneOf(node: StringNode, words: readonly string[]): string {
  const allowed = allowedWords(node, words)
  const list = allowed.map((word) => (word === '' ? '""' : word)).join(', ')
  return allowed.length === 1 ? `must be ${list}` : `must be one of ${list}`
}

/** The spelling of the list for a word in any case; the empty string stands for itself. */
export function matchWord(words: readonly string[], value: string): string | undefined {
  if (value === '') return ''
  const lower = value.toLowerCase()
  return words.find((word) => word.toLowerCase() === lower)
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))
}

function explainInteger(node: IntegerNode, value: unknown): string | undefined {
  if (node.enum !== undefined) {
    return node.enum.some((one) => one === value) ? undefined : `must be one of ${node.enum.join(', ')}`
  }
  const short = node.format === 'int32'
  const { minimum = short ? -2_147_483_648 : Number.NEGATIVE_INFINITY } = node
  const { maximum = short ? 2_147_483_647 : Number.POSITIVE_INFINITY } = node
  if (typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined
  const least = Number.isFinite(minimum) ? ` from ${minimum}` : ''
  const most = Number.isFinite(maximum) ? ` up to ${maximum}` : ''
  return `must be a whole number${least}${most}`
}

function explainIntOrString(node: IntOrStringNode, value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return undefined
  if (typeof value !== 'string') return 'must be a whole number or a string'
  if (value.length > (node.maxLength ?? value.length)) return `must have at most ${node.maxLength} characters`
  if (node.pattern === undefined || patternOf(node.pattern).test(value)) return undefined
  return node.check?.(value as never) ?? `must match ${node.pattern}`
}

function checkList(node: ListNode, value: unknown, path: string, issues: Issue[], options: ShapeOptions): void {
  if (!Array.isArray(value)) {
    issues.push({ path, value, message: 'must be a list' })
    return
  }
  const items: readonly unknown[] = value
  if (node.maxItems !== undefined && items.length > node.maxItems) {
    issues.push({ path, value: `${items.length} items`, message: `must have at most ${node.maxItems} items` })
  }
  if (node.minItems !== undefined && items.length < node.minItems) {
    issues.push({ path, value, message: `must have at least ${node.minItems} items` })
  }
  const seen = new Set<string>()
  items.forEach((item, index) => {
    checkShape(node.items, item, `${path}[${index}]`, issues, options)
    if (node.list !== 'set' && node.list !== 'map') return
    const identity = node.list === 'set' ? JSON.stringify(item) : JSON.stringify(keysOf(node, item))
    if (seen.has(identity)) {
      const what = node.list === 'set' ? 'must not be there twice' : `must differ in ${(node.keys ?? []).join(' and ')}`
      issues.push({ path: `${path}[${index}]`, value: item, message: what })
    }
    seen.add(identity)
  })
}

function keysOf(node: ListNode, item: unknown): unknown[] {
  return isObject(item) ? (node.keys ?? []).map((key) => item[key]) : [item]
}

function checkMap(node: MapNode, value: unknown, path: string, issues: Issue[], options: ShapeOptions): void {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be a map' })
    return
  }
  const entries = Object.entries(value)
  if (node.maxProperties !== undefined && entries.length > node.maxProperties) {
    issues.push({ path, value: `${entries.length} keys`, message: `must have at most ${node.maxProperties} keys` })
  }
  for (const [key, item] of entries) checkShape(node.values, item, `${path}[${key}]`, issues, options)
}

function checkObject(node: ObjectNode, value: unknown, path: string, issues: Issue[], options: ShapeOptions): void {
  if (!isObject(value)) {
    issues.push({ path, value, message: 'must be an object' })
    return
  }
  for (const name of node.required) {
    if (value[name] !== undefined || node.properties[name]?.default !== undefined) continue
    issues.push({ path: `${path}.${name}`, value: undefined, message: 'is required', fault: 'MissingField' })
  }
  for (const [name, item] of Object.entries(value)) {
    const property = Object.hasOwn(node.properties, name) ? node.properties[name] : undefined
    if (property !== undefined) {
      if (item !== undefined) checkShape(property, item, `${path}.${name}`, issues, options)
    } else if (options.unknownFields === 'refuse') {
      issues.push(unknownField(`${path}.${name}`, name, item, Object.keys(node.properties)))
    }
  }
}

/** A field that the object does not have, with the one that was probably meant. */
export function unknownField(path: string, name: string, value: unknown, known: readonly string[]): Issue {
  const near = suggest(name, known)
  const message =
    near !== undefined
      ? `is no field here: write ${near}`
      : known.length > 12
        ? 'is no field here'
        : `is no field here: known are ${[...known].sort(compareText).join(', ')}`
  return { path, value, message, fault: 'UnknownField', ...(near === undefined ? {} : { suggestion: near }) }
}

function suggestedWord(node: Node, value: unknown): { readonly suggestion?: string } {
  if (node.type !== 'string' || node.enum === undefined || typeof value !== 'string') return {}
  const near = suggest(value, allowedWords(node, node.enum))
  return near === undefined || near === value ? {} : { suggestion: near }
}

/** The value as the API server takes it: a null for a field that may be absent is absent. */
export function withoutNulls(node: Node, value: unknown): unknown {
  if (node.type === 'list' && Array.isArray(value)) return value.map((item) => withoutNulls(node.items, item))
  if (node.type === 'map' && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutNulls(node.values, item)]))
  }
  if (node.type !== 'object' || !isObject(value)) return value
  const present = Object.entries(value).flatMap(([name, item]) => {
    const property = Object.hasOwn(node.properties, name) ? node.properties[name] : undefined
    if (property === undefined) return [[name, item]]
    const absent = item === null && property.nullable !== true && !isNeeded(node, name)
    return absent ? [] : [[name, withoutNulls(property, item)]]
  })
  return Object.fromEntries(present)
}

function isNeeded(node: ObjectNode, name: string): boolean {
  return node.required.includes(name) && node.properties[name]?.default === undefined
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
