import { addressAt, formatAddress, formatPrefix, type IPAMBlock, type IPAMHandle } from '@manx/api'
import { allocationsOf } from '../../src/block/block.ts'
import { checkBlock } from '../../src/block/check-block.ts'
import { decodeBlock } from '../../src/block/codec.ts'

/** Who holds which address, from the blocks. */
export function holders(blocks: readonly IPAMBlock[]): Map<string, string> {
  const held = new Map<string, string>()
  for (const stored of blocks) {
    const block = decodeBlock(stored.spec)
    for (const { ordinal, attributes } of allocationsOf(block)) {
      const address = addressAt(block.prefix, ordinal)
      if (address !== undefined) held.set(formatAddress(address), attributes.handle ?? '')
    }
  }
  return held
}

/** Problems of the stored objects in words: blocks against their own rules, handles against the blocks. */
export function inconsistencies(
  blocks: readonly IPAMBlock[],
  handles: readonly IPAMHandle[],
  options: { readonly exact: boolean },
): string[] {
  const problems: string[] = []
  const counted = new Map<string, number>()
  for (const stored of blocks) {
    const block = decodeBlock(stored.spec)
    const cidr = formatPrefix(block.prefix)
    problems.push(...checkBlock(block, Date.now()).map((problem) => `${cidr}: ${problem}`))
    for (const { attributes } of allocationsOf(block)) {
      const key = `${attributes.handle} in ${cidr}`
      counted.set(key, (counted.get(key) ?? 0) + 1)
    }
  }
  const claimed = new Map<string, number>()
  for (const { spec } of handles) {
    for (const [cidr, count] of Object.entries(spec.block)) claimed.set(`${spec.handleID} in ${cidr}`, count)
  }
  for (const [key, count] of counted) {
    const claim = claimed.get(key) ?? 0
    if (claim < count) problems.push(`${key}: ${count} addresses, but the handle counts ${claim}`)
  }
  for (const [key, claim] of claimed) {
    const count = counted.get(key) ?? 0
    if (options.exact && claim > count)
      problems.push(`${key}: the handle counts ${claim}, but it has ${count} addresses`)
  }
  return problems
}
