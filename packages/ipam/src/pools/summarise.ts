import type { IPAMBlock } from '@manx/api'
import { isEmpty } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { IpamError } from '../ipam-error.ts'
import type { BlockSummary } from './find-block.ts'
import type { Reservations } from './reservations.ts'

/** What the search for blocks needs of a stored one; undefined when it makes no sense. */
export function summarise(stored: IPAMBlock, reservations: Reservations): BlockSummary | undefined {
  try {
    const block = decodeBlock(stored.spec)
    const reserved = reservations.within(block.prefix)
    return {
      prefix: block.prefix,
      ...(block.affinity === undefined ? {} : { affinity: block.affinity }),
      ...(block.claimTime === undefined ? {} : { claimedAt: Date.parse(block.claimTime) }),
      free: block.unallocated.filter((ordinal) => !reserved(ordinal)).length,
      empty: isEmpty(block),
      sequenceNumber: block.sequenceNumber,
    }
  } catch (error) {
    if (error instanceof IpamError && error.code === 'Malformed') return undefined
    throw error
  }
}
