import {
  type Address,
  addressAt,
  comparePrefixes,
  hostPrefix,
  type Prefix,
  prefixContains,
  prefixOf,
  samePrefix,
} from '@manx/api'
import { BlockSpace } from './block-space.ts'
import type { Pool } from './pool.ts'

/** Addresses that are never assigned unless asked for by name (IPReservation). */
export interface Reservations {
  has(address: Address): boolean
  /** The widest range around the prefix of which no address may be assigned; undefined when some of the prefix may be. */
  covering(prefix: Prefix): Prefix | undefined
  /** Says of each ordinal of a block whether to leave it alone. */
  within(block: Prefix): (ordinal: number) => boolean
  /** How many blocks of the pool are reserved as a whole. */
  blocksOf(pool: Pick<Pool, 'prefix' | 'blockLength'>): bigint
}

export function createReservations(reserved: readonly Prefix[]): Reservations {
  const ranges = merge(reserved)
  const space = new BlockSpace(ranges.map((prefix) => ({ prefix })))
  const covering = (prefix: Prefix) => (space.has(prefix) ? prefix : space.around(prefix))
  return {
    has: (address) => covering(hostPrefix(address)) !== undefined,
    covering,
    within: (block) => {
      if (covering(block) !== undefined) return () => true
      const inside = ranges.filter((one) => prefixContains(block, one))
      if (inside.length === 0) return () => false
      return (ordinal) => {
        const address = addressAt(block, ordinal)
        return address === undefined || inside.some((one) => prefixContains(one, address))
      }
    },
    blocksOf: ({ prefix, blockLength }) => {
      const parts = covering(prefix) === undefined ? ranges.filter((one) => prefixContains(prefix, one)) : [prefix]
      return parts
        .filter(({ length }) => length <= blockLength)
        .reduce((sum, { length }) => sum + (1n << BigInt(blockLength - length)), 0n)
    },
  }
}

/** The same addresses in as few prefixes as possible, none of which has addresses of another one. */
function merge(prefixes: readonly Prefix[]): readonly Prefix[] {
  const merged: Prefix[] = []
  for (const prefix of prefixes.toSorted(comparePrefixes)) {
    let last = merged.at(-1)
    if (last !== undefined && prefixContains(last, prefix)) continue
    let next = prefix
    while (last !== undefined && areHalves(last, next)) {
      merged.pop()
      next = prefixOf(next, next.length - 1)
      last = merged.at(-1)
    }
    merged.push(next)
  }
  return merged
}

function areHalves(a: Prefix, b: Prefix): boolean {
  return a.length === b.length && a.length > 0 && samePrefix(prefixOf(a, a.length - 1), prefixOf(b, b.length - 1))
}

export const noReservations: Reservations = createReservations([])
