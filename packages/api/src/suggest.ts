/** The one of `known` that a person who wrote `text` most likely meant; undefined when none is near. */
export function suggest(text: string, known: Iterable<string>): string | undefined {
  const wanted = plain(text)
  if (wanted === '' || wanted.length > longest) return undefined
  // One change in a short word, two from five letters on, three from nine on: further off it is another word.
  const most = wanted.length <= 4 ? 1 : wanted.length <= 8 ? 2 : 3
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const one of known) {
    const candidate = plain(one)
    if (Math.abs(candidate.length - wanted.length) > most) continue
    const distance = editDistance(wanted, candidate)
    if (distance > most || distance >= least) continue
    if (distance >= Math.min(wanted.length, candidate.length)) continue
    best = one
    least = distance
  }
  return best
}

const longest = 64

/** Upper and lower case and separators are no mistakes to count: `block-size` is `blockSize`. */
function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** How many letters must be put in, taken out, replaced or exchanged with their neighbour (Damerau and Levenshtein). */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const exchanged = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (exchanged) cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    before = last
    last = current
  }
  return last[b.length] ?? 0
}
