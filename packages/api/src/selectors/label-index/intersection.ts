import type { NumberSet } from './number-set.ts'

/** Asking so many sets about a number costs as much as asking the selector about the item. */
const most = 8

/**
 * The numbers that are in some set of each group. Groups of many sets are not asked, so that others may come, too; some come
 * twice. Costs what the smallest group has.
 */
export function* intersection(groups: readonly (readonly NumberSet[])[]): Generator<number> {
  let smallest: readonly NumberSet[] = []
  let least = Number.POSITIVE_INFINITY
  for (const group of groups) {
    const size = sizeOf(group)
    if (size >= least) continue
    smallest = group
    least = size
  }
  const filters = groups.filter((group) => group !== smallest && group.length <= most)
  for (const set of smallest) for (const number of set) if (isInAll(filters, number)) yield number
}

export function sizeOf(group: readonly NumberSet[]): number {
  let size = 0
  for (const set of group) size += set.size
  return size
}

function isInAll(groups: readonly (readonly NumberSet[])[], number: number): boolean {
  for (const group of groups) if (!isInSome(group, number)) return false
  return true
}

function isInSome(group: readonly NumberSet[], number: number): boolean {
  for (const set of group) if (set.has(number)) return true
  return false
}
