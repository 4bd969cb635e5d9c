import { compare } from '../compare.ts'

/** Whole numbers from first to last, both included: addresses of one family, or ports. */
export interface Interval {
  readonly first: bigint
  readonly last: bigint
}

/** The smallest ascending list of disjoint intervals that covers exactly these. */
export function unionOf(intervals: Iterable<Interval>): readonly Interval[] {
  const sorted = [...intervals].sort((a, b) => compare(a.first, b.first))
  const merged: { first: bigint; last: bigint }[] = []
  for (const { first, last } of sorted) {
    const previous = merged.at(-1)
    if (previous === undefined || first > previous.last + 1n) merged.push({ first, last })
    else if (last > previous.last) previous.last = last
  }
  return merged
}

/** What is in `from` and not in `minus`; both must be as `unionOf` gives them, and so is the result. */
export function difference(from: readonly Interval[], minus: readonly Interval[]): readonly Interval[] {
  const left: Interval[] = []
  let next = 0
  for (const { first, last } of from) {
    let start = first
    while ((minus[next]?.last ?? start) < start) next++
    for (let at = next; start <= last; at++) {
      const hole = minus[at]
      if (hole === undefined || hole.first > last) {
        left.push({ first: start, last })
        break
      }
      if (hole.first > start) left.push({ first: start, last: hole.first - 1n })
      start = hole.last + 1n
    }
  }
  return left
}

export const sameIntervals = (a: readonly Interval[], b: readonly Interval[]): boolean =>
  a.length === b.length && a.every(({ first, last }, index) => first === b[index]?.first && last === b[index]?.last)
