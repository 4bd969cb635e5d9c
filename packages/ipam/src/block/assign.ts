import type { AllocationAttributes, Block } from './block.ts'

export interface Assigned {
  readonly block: Block
  readonly ordinals: readonly number[]
}

/**
 * Takes up to `count` addresses from the head of the free list, leaving those that `skip` names where they are.
 * Fewer ordinals than asked for means that the block has no more.
 */
export function assignNext(
  block: Block,
  attributes: AllocationAttributes,
  count = 1,
  skip: (ordinal: number) => boolean = () => false,
): Assigned {
  const ordinals: number[] = []
  const unallocated = block.unallocated.filter((ordinal) => {
    if (ordinals.length >= count || skip(ordinal)) return true
    ordinals.push(ordinal)
    return false
  })
  if (ordinals.length === 0) return { block, ordinals }
  return { block: occupy({ ...block, unallocated }, ordinals, attributes), ordinals }
}

/** Takes one given address; undefined when it is in use or cools down. */
export function assignOrdinal(block: Block, ordinal: number, attributes: AllocationAttributes): Block | undefined {
  if (!block.unallocated.includes(ordinal)) return undefined
  const unallocated = block.unallocated.filter((free) => free !== ordinal)
  return occupy({ ...block, unallocated }, [ordinal], attributes)
}

/** Points ordinals at an attribute, one that is there already when it says the same, and notes the sequence number. */
export function occupy(block: Block, ordinals: readonly number[], wanted: AllocationAttributes): Block {
  const found = block.attributes.findIndex((attributes) => sameAttributes(attributes, wanted))
  const attributes = found === -1 ? [...block.attributes, wanted] : block.attributes
  const index = found === -1 ? block.attributes.length : found
  const allocations = [...block.allocations]
  const sequenceNumbers = new Map(block.sequenceNumbers)
  for (const ordinal of ordinals) {
    allocations[ordinal] = index
    sequenceNumbers.set(ordinal, block.sequenceNumber)
  }
  return { ...block, attributes, allocations, sequenceNumbers }
}

function sameAttributes(a: AllocationAttributes, b: AllocationAttributes): boolean {
  return (
    a.handle === b.handle &&
    a.releasedAt === b.releasedAt &&
    sameRecord(a.owner, b.owner) &&
    sameRecord(a.alternateOwner ?? {}, b.alternateOwner ?? {})
  )
}

function sameRecord(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key])
}
