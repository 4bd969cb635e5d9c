import { type Address, type Family, formatAddress, type Prefix } from '@manx/api'

/** Addresses from first to last, both included. */
export interface AddressRange {
  readonly first: Address
  readonly last: Address
}

/** The smallest list of disjoint, ascending ranges that covers exactly these prefixes of one family. */
export function mergePrefixes(prefixes: Iterable<Prefix>, family: Family): readonly AddressRange[] {
  const width = family === 4 ? 32 : 128
  const ranges: { first: bigint; last: bigint }[] = []
  for (const prefix of prefixes) {
    if (prefix.family !== family) continue
    const size = 1n << BigInt(width - prefix.length)
    ranges.push({ first: prefix.value, last: prefix.value + size - 1n })
  }
  ranges.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  const merged: { first: bigint; last: bigint }[] = []
  for (const range of ranges) {
    const previous = merged.at(-1)
    if (previous === undefined || range.first > previous.last + 1n) merged.push({ ...range })
    else if (range.last > previous.last) previous.last = range.last
  }
  return merged.map(({ first, last }) => ({ first: { family, value: first }, last: { family, value: last } }))
}

/** As a member of an interval set has it: `10.0.0.0-10.0.255.255`. */
export const rangeText = ({ first, last }: AddressRange): string => `${formatAddress(first)}-${formatAddress(last)}`
