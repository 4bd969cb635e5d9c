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
  // Something other than comments and directives is before the next `---`.
  let begun = false
  for (let line = 0; line < text.length; ) {
    const newline = text.indexOf('\n', line)
    const next = newline < 0 ? text.length : newline + 1
    if (isMarker(text, line)) {
      if (begun) cut(line)
      begun = true
    } else begun ||= !isPreamble(text.slice(line === 0 && text.startsWith('\uFEFF') ? 1 : line, next))
    line = next
  }
  cut(text.length)
  return chunks
}

const isMarker = (text: string, line: number) =>
  text.startsWith('---', line) && (line + 3 === text.length || ' \t\r\n'.includes(text.charAt(line + 3)))

/** A comment, a directive, or nothing. */
const isPreamble = (line: string) => line.startsWith('%') || /^[ \t]*(#|\r?\n?$)/.test(line)
