import { type Address, addressBits, type Family, formatAddress, type Prefix } from '@manx/api'
import { type Interval, unionOf } from './sets/intervals.ts'

/** Addresses from first to last, both included. */
export interface AddressRange {
  readonly first: Address
  readonly last: Address
}

/** The smallest list of disjoint, ascending ranges that covers exactly these prefixes of one family. */
export function mergePrefixes(prefixes: Iterable<Prefix>, family: Family): readonly AddressRange[] {
  return prefixIntervals(prefixes, family).map((interval) => addressRange(interval, family))
}

/** The same as numbers. */
export function prefixIntervals(prefixes: Iterable<Prefix>, family: Family): readonly Interval[] {
  const intervals: Interval[] = []
  for (const prefix of prefixes) {
    if (prefix.family !== family) continue
    const size = 1n << BigInt(addressBits(family) - prefix.length)
    intervals.push({ first: prefix.value, last: prefix.value + size - 1n })
  }
  return unionOf(intervals)
}

export const addressRange = ({ first, last }: Interval, family: Family): AddressRange => ({
  first: { family, value: first },
  last: { family, value: last },
})

/** As a member of an interval set has it: `10.0.0.0-10.0.255.255`. */
export const rangeText = ({ first, last }: AddressRange): string => `${formatAddress(first)}-${formatAddress(last)}`
