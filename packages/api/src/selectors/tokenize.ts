export interface Token {
  readonly type: TokenType
  readonly text: string
  /** Characters before it. */
  readonly position: number
}

export type TokenType =
  | 'end'
  | 'label'
  | 'string'
  /** `has(`, `all(` or `global(`; the text is the name. */
  | 'call'
  | 'in'
  | 'notIn'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | '=='
  | '!='
  | '!'
  | '&&'
  | '||'
  | '('
  | ')'
  | '{'
  | '}'
  | ','

const symbols = ['==', '!=', '&&', '||', '!', '(', ')', '{', '}', ','] as const

const words: readonly (readonly [RegExp, TokenType])[] = [
  [/not[ \t]+in(?![A-Za-z0-9_./-])/y, 'notIn'],
  [/notin(?![A-Za-z0-9_./-])/y, 'notIn'],
  [/in(?![A-Za-z0-9_./-])/y, 'in'],
  [/contains(?![A-Za-z0-9_./-])/y, 'contains'],
  [/starts[ \t]*with(?![A-Za-z0-9_./-])/y, 'startsWith'],
  [/ends[ \t]*with(?![A-Za-z0-9_./-])/y, 'endsWith'],
]
const call = /(has|all|global)[ \t]*\(/y
const label = /[A-Za-z0-9_./-]+/y
const longestLabel = 512

/** Splits a selector into tokens, the last of type `end`. */
export function tokenize(text: string, fail: (message: string, position: number) => Error): Token[] {
  const tokens: Token[] = []
  let position = 0
  const match = (pattern: RegExp) => {
    pattern.lastIndex = position
    return pattern.exec(text)
  }
  const push = (type: TokenType, content: string, length: number) => {
    tokens.push({ type, text: content, position })
    position += length
  }
  while (position < text.length) {
    const character = text.charAt(position)
    if (character === ' ' || character === '\t') {
      position++
      continue
    }
    if (character === '"' || character === "'") {
      const end = text.indexOf(character, position + 1)
      if (end < 0) throw fail(`must have a closing ${character} for the value that starts`, position)
      push('string', text.slice(position + 1, end), end + 1 - position)
      continue
    }
    const symbol = symbols.find((one) => text.startsWith(one, position))
    if (symbol !== undefined) {
      push(symbol, symbol, symbol.length)
      continue
    }
    // Operators are words only after a label: `in == "x"` is about a label named `in`.
    const operator = tokens.at(-1)?.type === 'label' ? findOperator(match) : undefined
    if (operator !== undefined) {
      push(operator.type, operator.text, operator.text.length)
      continue
    }
    const called = match(call)
    if (called !== null) {
      push('call', called[1] ?? '', called[0].length)
      continue
    }
    const name = match(label)?.[0]
    if (name === undefined) throw fail(`must not have the character ${JSON.stringify(character)}`, position)
    if (name.length > longestLabel) throw fail(`must not have a label longer than ${longestLabel} characters`, position)
    push('label', name, name.length)
  }
  tokens.push({ type: 'end', text: '', position })
  return tokens
}

function findOperator(
  match: (pattern: RegExp) => RegExpExecArray | null,
): { readonly type: TokenType; readonly text: string } | undefined {
  for (const [pattern, type] of words) {
    const found = match(pattern)
    if (found !== null) return { type, text: found[0] }
  }
  return undefined
}
