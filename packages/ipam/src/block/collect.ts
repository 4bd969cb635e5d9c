import { type AllocationAttributes, type Block, isForeign } from './block.ts'

/**
 * Frees what has cooled down for longer than `cooldownSeconds` and drops attributes that nothing points at. In a block that
 * `writer` borrows from it touches only what is of that node: the rest is its owner's to tidy, and a node may not write it.
 */
export function collect(block: Block, now: number, cooldownSeconds: number, writer?: string): Block {
  const mine = ({ owner }: AllocationAttributes): boolean =>
    writer === undefined || !isForeign(block, writer) || owner.node === writer
  const allocations = [...block.allocations]
  const unallocated = [...block.unallocated]
  const sequenceNumbers = new Map(block.sequenceNumbers)
  for (const [ordinal, index] of allocations.entries()) {
    const attributes = index === null ? undefined : block.attributes[index]
    if (attributes?.releasedAt === undefined || !mine(attributes)) continue
    if (!hasCooled(attributes.releasedAt, now, cooldownSeconds)) continue
    allocations[ordinal] = null
    unallocated.push(ordinal)
    sequenceNumbers.delete(ordinal)
  }
  return compact({ ...block, allocations, unallocated, sequenceNumbers }, mine)
}

function hasCooled(releasedAt: string, now: number, cooldownSeconds: number): boolean {
  // Not the negation of "less": of a time that cannot be read it is never true that too little has passed.
  return cooldownSeconds === 0 || !(now - Date.parse(releasedAt) <= cooldownSeconds * 1000)
}

function compact(block: Block, mine: (attributes: AllocationAttributes) => boolean): Block {
  const newIndex = new Map<number, number>()
  const attributes: AllocationAttributes[] = []
  const used = new Set(block.allocations)
  for (const [index, attribute] of block.attributes.entries()) {
    if (!used.has(index) && mine(attribute)) continue
    newIndex.set(index, attributes.length)
    attributes.push(attribute)
  }
  if (attributes.length === block.attributes.length) return block
  const allocations = block.allocations.map((index) => (index === null ? null : (newIndex.get(index) ?? index)))
  return { ...block, attributes, allocations }
}
