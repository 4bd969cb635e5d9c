import { compareText } from '../compare-text.ts'
import { not } from './build.ts'
import type { Comparison, SelectorNode } from './node.ts'
import { type Token, tokenize } from './tokenize.ts'

/** A text that is not a selector. `position` counts characters from 0. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError'
  readonly code = 'InvalidSelector'
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} at position ${position + 1}`)
    this.position = position
  }
}

/** Reads a selector into its syntax tree. Throws `SelectorError`. */
export function parseSelectorNode(text: string): SelectorNode {
  const tokens = tokenize(text, (message, position) => new SelectorError(message, position))
  if (tokens.length === 1) return { type: 'all' }
  const parser = new Parser(tokens)
  const node = parser.parseOr(0)
  parser.expectEnd()
  return node
}

const comparisons: Readonly<Record<string, Comparison>> = {
  '==': 'equal',
  '!=': 'notEqual',
  contains: 'contains',
  startsWith: 'startsWith',
  endsWith: 'endsWith',
}

/** Nesting is bounded, because what users write must not exhaust the stack. */
const deepest = 100

class Parser {
  readonly #tokens: readonly Token[]
  #next = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parseOr(depth: number): SelectorNode {
    return this.#parseList('or', '||', () => this.#parseList('and', '&&', () => this.#parseOperand(depth)))
  }

  expectEnd(): void {
    const token = this.#peek()
    if (token.type !== 'end') this.#fail(`must have && or || before ${describe(token)}`, token)
  }

  #parseList(type: 'and' | 'or', operator: string, parseOperand: () => SelectorNode): SelectorNode {
    const operands = [parseOperand()]
    while (this.#accept(operator)) operands.push(parseOperand())
    const [first] = operands
    return operands.length === 1 && first !== undefined ? first : { type, operands }
  }

  #parseOperand(depth: number): SelectorNode {
    if (depth > deepest) this.#fail(`must not nest deeper than ${deepest} levels`, this.#peek())
    let negations = 0
    while (this.#accept('!')) negations++
    const operand = this.#parsePrimary(depth)
    return negations % 2 === 0 ? operand : not(operand)
  }

  #parsePrimary(depth: number): SelectorNode {
    const token = this.#take()
    if (token.type === '(') {
      const node = this.parseOr(depth + 1)
      this.#expect(')')
      return node
    }
    if (token.type === 'call') return this.#parseCall(token)
    if (token.type === 'label') return this.#parseComparison(token.text)
    return this.#fail(`must have a label, has(), all() or ( instead of ${describe(token)}`, token)
  }

  #parseCall(token: Token): SelectorNode {
    if (token.text !== 'has') {
      this.#expect(')')
      return { type: token.text === 'global' ? 'global' : 'all' }
    }
    const label = this.#take()
    if (label.type !== 'label') this.#fail(`must have a label in has() instead of ${describe(label)}`, label)
    this.#expect(')')
    return { type: 'has', label: label.text }
  }

  #parseComparison(label: string): SelectorNode {
    const operator = this.#take()
    if (operator.type === 'in' || operator.type === 'notIn') {
      return { type: operator.type, label, values: this.#parseSet() }
    }
    const type = comparisons[operator.type]
    if (type === undefined) {
      this.#fail(`must have ==, !=, in, not in, contains, starts with or ends with after the label ${label}`, operator)
    }
    const value = this.#take()
    if (value.type !== 'string') this.#fail(`must have a quoted value instead of ${describe(value)}`, value)
    return { type, label, value: value.text }
  }

  #parseSet(): string[] {
    this.#expect('{')
    const values = new Set<string>()
    while (this.#peek().type === 'string') {
      values.add(this.#take().text)
      if (!this.#accept(',')) break
    }
    this.#expect('}')
    return [...values].sort(compareText)
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { type: 'end', text: '', position: 0 }
  }

  #take(): Token {
    const token = this.#peek()
    if (token.type !== 'end') this.#next++
    return token
  }

  #accept(type: string): boolean {
    if (this.#peek().type !== type) return false
    this.#next++
    return true
  }

  #expect(type: string): void {
    const token = this.#take()
    if (token.type !== type) this.#fail(`must have ${type} instead of ${describe(token)}`, token)
  }

  #fail(message: string, token: Token): never {
    throw new SelectorError(message, token.position)
  }
}

function describe(token: Token): string {
  return token.type === 'end' ? 'the end' : token.text
}
