import { addressBits, type Prefix } from '@manx/api'

/** The blocks' default length of each family. */
export const defaultBlockLength = { 4: 26, 6: 122 } as const

/** 32-bit FNV-1a: where in a pool a node starts to look for a block, so that nodes rarely meet. */
export function fnv32(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

export const isSingleAddress = (block: Prefix): boolean => block.length === addressBits(block.family)

/** The lengths that blocks of each family may have. */
export const blockLengths = { 4: { least: 20, most: 32 }, 6: { least: 116, most: 128 } } as const
