/** Where the lines of a text begin, to say line and column of an offset. */
export interface Lines {
  /** Both from 1. */
  placeAt(offset: number): { readonly line: number; readonly column: number }
  /** The line without its end. */
  textOf(line: number): string
}

export function linesOf(text: string): Lines {
  const starts = [0]
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) starts.push(end + 1)
  const startOf = (line: number) => starts[line - 1] ?? text.length
  return {
    placeAt(offset) {
      let [low, high] = [0, starts.length - 1]
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((starts[middle] ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
    },
    textOf: (line) => text.slice(startOf(line), startOf(line + 1)).replace(/\r?\n$/, ''),
  }
}
