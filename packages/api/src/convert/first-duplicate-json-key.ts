import type { DuplicateKey } from '../validation/yaml/first-duplicate-key.ts'

/** The first key that is twice in one map of a text that is JSON. Its own reader keeps the last and says nothing. */
export function firstDuplicateJsonKey(text: string): DuplicateKey | undefined {
  // Of each map that is open its keys so far; of each list nothing.
  const open: (Set<string> | undefined)[] = []
  const token = /["{}[\]]/g
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const [character] = match
    if (character === '{') open.push(new Set())
    else if (character === '[') open.push(undefined)
    else if (character === '"') {
      const end = endOfText(text, match.index)
      token.lastIndex = end
      const keys = open.at(-1)
      if (keys === undefined || !isKey(text, end)) continue
      const key = JSON.parse(text.slice(match.index, end)) as string
      if (keys.has(key)) return { key, offset: match.index }
      keys.add(key)
    } else open.pop()
  }
  return undefined
}

/** Behind the quotation mark that ends the text beginning at `start`. */
function endOfText(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end + 1
}

function isKey(text: string, end: number): boolean {
  const colon = /\s*:/y
  colon.lastIndex = end
  return colon.test(text)
}
