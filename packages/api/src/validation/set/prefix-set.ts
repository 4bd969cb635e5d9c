import { addressBits } from '../../addresses/address.ts'
import { type Prefix, prefixContains } from '../../addresses/prefix.ts'

/** CIDRs that can be asked what they contain without a look at each. */
export interface PrefixSet {
  readonly prefixes: readonly Prefix[]
  /** True when one of them has all of the prefix. */
  contains(prefix: Prefix): boolean
  /** True when one of them has something of the prefix. */
  overlaps(prefix: Prefix): boolean
}

interface Level {
  readonly family: Prefix['family']
  readonly length: number
  readonly hostBits: bigint
  readonly networks: Set<bigint>
}

export function prefixSet(prefixes: readonly Prefix[]): PrefixSet {
  const levels: Level[] = []
  for (const { family, length, value } of prefixes) {
    let level = levels.find((one) => one.family === family && one.length === length)
    if (level === undefined) {
      level = { family, length, hostBits: BigInt(addressBits(family) - length), networks: new Set() }
      levels.push(level)
    }
    level.networks.add(value >> level.hostBits)
  }
  const contains = ({ family, length, value }: Prefix) =>
    levels.some(
      (level) => level.family === family && level.length <= length && level.networks.has(value >> level.hostBits),
    )
  const overlaps = (prefix: Prefix) => contains(prefix) || prefixes.some((one) => prefixContains(prefix, one))
  return { prefixes, contains, overlaps }
}
