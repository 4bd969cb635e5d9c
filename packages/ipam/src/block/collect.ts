import type { AllocationAttributes, Block } from './block.ts'

/** Frees what has cooled down for longer than `cooldownSeconds` and drops attributes that nothing points at. */
export function collect(block: Block, now: number, cooldownSeconds: number): Block {
  const allocations = [...block.allocations]
  const unallocated = [...block.unallocated]
  const sequenceNumbers = new Map(block.sequenceNumbers)
  for (const [ordinal, index] of allocations.entries()) {
    const releasedAt = index === null ? undefined : block.attributes[index]?.releasedAt
    if (releasedAt === undefined || !hasCooled(releasedAt, now, cooldownSeconds)) continue
    allocations[ordinal] = null
    unallocated.push(ordinal)
    sequenceNumbers.delete(ordinal)
  }
  return compact({ ...block, allocations, unallocated, sequenceNumbers })
}

function hasCooled(releasedAt: string, now: number, cooldownSeconds: number): boolean {
  return cooldownSeconds === 0 || now - Date.parse(releasedAt) > cooldownSeconds * 1000
}

function compact(block: Block): Block {
  const newIndex = new Map<number, number>()
  const attributes: AllocationAttributes[] = []
  const used = new Set(block.allocations)
  for (const [index, attribute] of block.attributes.entries()) {
    if (!used.has(index)) continue
    newIndex.set(index, attributes.length)
    attributes.push(attribute)
  }
  if (attributes.length === block.attributes.length) return block
  const allocations = block.allocations.map((index) => (index === null ? null : (newIndex.get(index) ?? index)))
  return { ...block, attributes, allocations }
}
