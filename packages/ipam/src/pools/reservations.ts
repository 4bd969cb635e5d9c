import { type Address, addressAt, type Prefix, prefixContains, prefixesOverlap } from '@manx/api'

/** Addresses that are never assigned unless asked for by name (IPReservation). */
export interface Reservations {
  has(address: Address): boolean
  /** True when no address of the prefix may be assigned. */
  covers(prefix: Prefix): boolean
  /** Says of each ordinal of a block whether to leave it alone. */
  within(block: Prefix): (ordinal: number) => boolean
}

export function createReservations(reserved: readonly Prefix[]): Reservations {
  const has = (address: Address) => reserved.some((prefix) => prefixContains(prefix, address))
  return {
    has,
    covers: (prefix) => reserved.some((one) => prefixContains(one, prefix)),
    within: (block) => {
      if (!reserved.some((one) => prefixesOverlap(one, block))) return () => false
      return (ordinal) => {
        const address = addressAt(block, ordinal)
        return address === undefined || has(address)
      }
    },
  }
}

export const noReservations: Reservations = createReservations([])
