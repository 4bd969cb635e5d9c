/** A part of a text that YAML reads on its own. */
export interface Chunk {
  readonly text: string
  /** Characters of the whole text before it. */
  readonly offset: number
}

/**
 * Splits a stream before each `---` at the start of a line, which begins a document wherever it is, so that what is wrong with
 * one document does not reach the next. Comments and directives before a document stay with it.
 */
export function splitDocuments(text: string): Chunk[] {
  const chunks: Chunk[] = []
  let start = 0
  const cut = (end: number) => {
    if (end > start) chunks.push({ text: text.slice(start, end), offset: start })
    start = end
  }
  for (const { index } of text.matchAll(/^---(?=[ \t\r\n]|$)/gm)) {
    if (/^(\uFEFF|[ \t]*(#.*)?\r?\n|%.*\r?\n)*$/.test(preamble(text, start, index))) continue
    cut(index)
  }
  cut(text.length)
  return chunks
}

/** What is before a `---`, when it is short enough to be only comments; else something that is none. */
function preamble(text: string, start: number, end: number): string {
  return /^---([ \t\r\n]|$)/.test(text.slice(start, start + 4)) ? 'document' : text.slice(start, end)
}
