import fc from 'fast-check'
import type { Labels, SelectorNode } from '../src/index.ts'

export const anyLabel: fc.Arbitrary<string> = fc.constantFrom('a', 'b', 'in', 'has', 'constructor', 'x.y/z-1')
export const anyValue: fc.Arbitrary<string> = fc.constantFrom('', 'v', 'vw', 'wv', 'x y', 'in', 'say "v"', "v's")
export const anyLabels: fc.Arbitrary<Labels> = fc.dictionary(anyLabel, anyValue, { maxKeys: 4, noNullPrototype: true })

/** Syntax trees as no parser makes them: one operand, values unsorted and twice, negations of negations. */
export const anyNode: fc.Arbitrary<SelectorNode> = fc.letrec<{ node: SelectorNode; leaf: SelectorNode }>((tie) => ({
  leaf: fc.oneof(
    fc.record({ type: fc.constantFrom('all' as const, 'global' as const) }),
    fc.record({ type: fc.constant('has' as const), label: anyLabel }),
    fc.record({
      type: fc.constantFrom('equal' as const, 'equal', 'notEqual', 'contains', 'startsWith', 'endsWith'),
      label: anyLabel,
      value: anyValue,
    }),
    fc.record({
      type: fc.constantFrom('in' as const, 'notIn'),
      label: anyLabel,
      values: fc.array(anyValue, { maxLength: 3 }),
    }),
  ),
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({
      type: fc.constantFrom('and' as const, 'and', 'or'),
      operands: fc.array(tie('node'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ type: fc.constant('not' as const), operand: tie('node') }),
  ),
})).node

/** What selectors mean, said once more in the shortest way, to compare with. */
export function means(node: SelectorNode, labels: Labels): boolean {
  switch (node.type) {
    case 'all':
    case 'global':
      return true
    case 'not':
      return !means(node.operand, labels)
    case 'and':
      return node.operands.filter((operand) => !means(operand, labels)).length === 0
    case 'or':
      return node.operands.filter((operand) => means(operand, labels)).length > 0
    default:
      return meansOfLabel(node, new Map(Object.entries(labels)).get(node.label))
  }
}

function meansOfLabel(node: Extract<SelectorNode, { label: string }>, value: string | undefined): boolean {
  switch (node.type) {
    case 'has':
      return value !== undefined
    case 'equal':
      return value === node.value
    case 'notEqual':
      return value !== node.value
    case 'contains':
      return value !== undefined && value.indexOf(node.value) >= 0
    case 'startsWith':
      return value !== undefined && value.slice(0, node.value.length) === node.value
    case 'endsWith':
      return value !== undefined && value.slice(value.length - node.value.length) === node.value
    case 'in':
      return value !== undefined && new Set(node.values).has(value)
    case 'notIn':
      return value === undefined || !new Set(node.values).has(value)
  }
}

/** Writes a tree in one of the many spellings of the grammar; each choice is asked of `pick`. */
export function spell(node: SelectorNode, pick: (choices: number) => number): string {
  const one = (...choices: readonly string[]) => choices[pick(choices.length)] ?? ''
  const space = () => one('', ' ', '\t')
  const gap = () => one(' ', ' \t', '  ')
  const quoted = (value: string) => {
    if (value.includes('"')) return `'${value}'`
    return value.includes("'") ? `"${value}"` : one(`'${value}'`, `"${value}"`)
  }
  const compared = (operator: string, label: string, rest: string) => `${label}${gap()}${operator}${space()}${rest}`
  const inner = (() => {
    switch (node.type) {
      case 'all':
      case 'global':
        return `${node.type}${space()}(${space()})`
      case 'has':
        return `has(${space()}${node.label}${space()})`
      case 'not':
        return `!${space()}(${spell(node.operand, pick)})`
      case 'and':
      case 'or':
        return node.operands
          .map((operand) => `(${spell(operand, pick)})`)
          .join(`${space()}${node.type === 'and' ? '&&' : '||'}${space()}`)
      case 'in':
      case 'notIn': {
        const operator = node.type === 'in' ? 'in' : one('not in', 'notin', 'not  in')
        const values = node.values.map(quoted).join(`${space()},${space()}`)
        return compared(operator, node.label, `{${values}${node.values.length > 0 ? one('', ',') : ''}}`)
      }
      case 'equal':
        return compared('==', node.label, quoted(node.value))
      case 'notEqual':
        return compared('!=', node.label, quoted(node.value))
      case 'contains':
        return compared('contains', node.label, quoted(node.value))
      case 'startsWith':
        return compared(one('starts with', 'startswith'), node.label, quoted(node.value))
      case 'endsWith':
        return compared(one('ends with', 'endswith'), node.label, quoted(node.value))
    }
  })()
  return one(inner, `${space()}${inner}${space()}`, `(${inner})`)
}
