import type { Block } from './block.ts'

/** A step that survives being read as a double: numbers of Calico's blocks are about 2^61, where doubles are 256 apart. */
const coarse = 9n

/** The block with the sequence number of its next write. Every write counts up, or a release could not tell two of them apart. */
export function countWrite(block: Block): Block {
  const next = block.sequenceNumber + 1n
  const exact = next <= BigInt(Number.MAX_SAFE_INTEGER)
  return { ...block, sequenceNumber: exact ? next : ((next >> coarse) + 1n) << coarse }
}
