import type { IntegerNode, Node, StringNode } from '../schema/schema.ts'

/** The type of a field in a few words, with its limits, as Markdown. */
export function describeType(node: Node): string {
  return [shapeOf(node), ...limitsOf(node)].join(', ')
}

function shapeOf(node: Node): string {
  switch (node.type) {
    case 'string':
      return node.enum === undefined ? textOf(node) : words(node.enum, node.ignoreCase === true)
    case 'integer':
      return node.enum === undefined ? (node.form ?? rangeOf(node)) : words(node.enum.map(String), false)
    case 'number':
      return 'number'
    case 'boolean':
      return '`true` or `false`'
    case 'intOrString':
      return node.form ?? 'number or text'
    case 'list':
      return `list of ${shapeOf(node.items)}`
    case 'map':
      return `map of ${shapeOf(node.values)}`
    case 'object':
      return 'object'
  }
}

function textOf(node: StringNode): string {
  return node.form ?? (node.format === 'date-time' ? 'time' : 'text')
}

function words(values: readonly string[], ignoreCase: boolean): string {
  const listed = values.map((value) => `\`${value === '' ? '""' : value}\``).join(', ')
  return ignoreCase ? `${listed} in any case` : listed
}

function rangeOf({ minimum, maximum }: IntegerNode): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`
  if (minimum !== undefined) return `whole number from ${minimum}`
  return maximum === undefined ? 'whole number' : `whole number up to ${maximum}`
}

function limitsOf(node: Node): string[] {
  if (node.type === 'string') {
    const given = node.enum === undefined && node.form === undefined && node.maxLength !== undefined
    return given ? [`at most ${node.maxLength} characters`] : []
  }
  if (node.type !== 'list') return []
  return [
    ...(node.list === 'set' ? ['each once'] : []),
    ...(node.minItems === undefined ? [] : [`at least ${node.minItems}`]),
    ...(node.maxItems === undefined ? [] : [`at most ${node.maxItems}`]),
  ]
}
