import { assignNext, assignOrdinal } from '../block/assign.ts'
import { type AllocationAttributes, allocationsOf, type Block } from '../block/block.ts'
import { collect } from '../block/collect.ts'
import type { BlockEdit } from '../datastore/block-writer.ts'

export interface Place {
  readonly ordinal: number
  readonly sequenceNumber: bigint
}

export interface AssignEditOptions {
  readonly attributes: AllocationAttributes
  /** The node that writes. */
  readonly node: string
  /** The block must have this owner; absent: any, the address is borrowed. */
  readonly affinity?: string
  /** This very address; absent: the next free one. */
  readonly ordinal?: number
  readonly skip?: (ordinal: number) => boolean
  readonly now: () => number
  readonly cooldownSeconds: number
}

/** Takes one address of a block; undefined when the block has none to give (to this node). */
export function assignEdit(options: AssignEditOptions): BlockEdit<Place | undefined> {
  let taken: Place | undefined
  return (block) => {
    // A write whose answer was lost may have been stored all the same; then the address is ours already.
    if (taken !== undefined && holds(block, taken, options.attributes)) return { block, result: taken }
    if (options.affinity !== undefined && block.affinity !== options.affinity) return { block, result: undefined }
    const tidy = collect(block, options.now(), options.cooldownSeconds, options.node)
    const assigned = take(tidy, options)
    if (assigned === undefined) return { block, result: undefined }
    taken = { ordinal: assigned.ordinal, sequenceNumber: block.sequenceNumber }
    return { block: assigned.block, result: taken }
  }
}

function take(block: Block, options: AssignEditOptions): { block: Block; ordinal: number } | undefined {
  if (options.ordinal !== undefined) {
    const next = assignOrdinal(block, options.ordinal, options.attributes)
    return next === undefined ? undefined : { block: next, ordinal: options.ordinal }
  }
  const { block: next, ordinals } = assignNext(block, options.attributes, 1, options.skip)
  return ordinals[0] === undefined ? undefined : { block: next, ordinal: ordinals[0] }
}

function holds(block: Block, place: Place, attributes: AllocationAttributes): boolean {
  const held = allocationsOf(block).find(({ ordinal }) => ordinal === place.ordinal)
  return held?.sequenceNumber === place.sequenceNumber && held.attributes.handle === attributes.handle
}
