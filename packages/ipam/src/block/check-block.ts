import { addressBits } from '@manx/api'
import type { Block } from './block.ts'

/** What is wrong with a block's structure, in words; empty when its invariants hold. */
export function checkBlock(block: Block, now: number): string[] {
  const size = 2 ** (addressBits(block.prefix.family) - block.prefix.length)
  const problems: string[] = []
  if (block.allocations.length !== size) problems.push(`${block.allocations.length} allocations for ${size} addresses`)
  const used = new Set<number>()
  let allocated = 0
  for (const [ordinal, index] of block.allocations.entries()) {
    if (index === null) continue
    allocated++
    used.add(index)
    if (block.attributes[index] === undefined) problems.push(`allocation ${ordinal} has no attribute ${index}`)
  }
  for (const [index, { releasedAt }] of block.attributes.entries()) {
    if (!used.has(index)) problems.push(`attribute ${index} belongs to no allocation`)
    if (releasedAt !== undefined && !(Date.parse(releasedAt) <= now)) {
      problems.push(`attribute ${index} was released in the future: ${releasedAt}`)
    }
  }
  const free = new Set<number>()
  for (const ordinal of block.unallocated) {
    if (ordinal < 0 || ordinal >= size) problems.push(`free ordinal ${ordinal} is outside the block`)
    else if (free.has(ordinal)) problems.push(`free ordinal ${ordinal} is listed twice`)
    else if (block.allocations[ordinal] !== null) problems.push(`free ordinal ${ordinal} is allocated`)
    free.add(ordinal)
  }
  if (block.unallocated.length + allocated !== size) {
    problems.push(`${block.unallocated.length} free and ${allocated} allocated make not ${size}`)
  }
  return problems
}
