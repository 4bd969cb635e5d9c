/**
 * Block sequence numbers are int64, of which a JavaScript number holds 53 bits. Numbers that it cannot hold are kept as bigint;
 * all others are numbers.
 */
export function withSafeNumbers(value: unknown): unknown {
  return mapLeaves(value, (leaf) => {
    if (typeof leaf !== 'bigint') return leaf
    const number = Number(leaf)
    return Number.isSafeInteger(number) ? number : leaf
  })
}

/** With the nearest number in place of each bigint: for validation. */
export function withNumbers(value: unknown): unknown {
  return mapLeaves(value, (leaf) => (typeof leaf === 'bigint' ? Number(leaf) : leaf))
}

/** JSON in which whole numbers that a JavaScript number cannot hold are read as bigint. Throws a SyntaxError. */
export function parseExactJson(text: string): unknown {
  const exact = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
    const { source = '' } = context ?? {}
    return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value
  }
  return JSON.parse(text, exact)
}

/** As JSON.stringify with an indentation of two, with the digits of each bigint. */
export function formatExactJson(value: unknown): string {
  // No text of an object has this character where it would be taken for the mark of a number.
  const mark = '\u0000'
  const marked = (_: string, part: unknown): unknown => (typeof part === 'bigint' ? `${mark}${part}${mark}` : part)
  return JSON.stringify(value, marked, 2).replaceAll(/"\\u0000(-?\d+)\\u0000"/g, '$1')
}

function mapLeaves(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, map))
  if (typeof value !== 'object' || value === null) return map(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, map)]))
}
