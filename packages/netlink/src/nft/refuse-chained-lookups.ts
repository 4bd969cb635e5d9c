import { NetlinkError } from '../netlink-error.ts'
import { NFT_REG32_00 } from './constants.ts'
import type { NftExpression, NftRegister } from './types.ts'

/**
 * Refuses a rule that looks up what a lookup found (a map's data in a set or another map). The kernel would take it, but
 * nft 1.0.6 aborts on it whenever somebody lists the chain.
 */
export function refuseChainedLookups(expressions: readonly NftExpression[]): void {
  const found = new Set<number>()
  for (const expression of expressions) {
    if (expression.type === 'lookup') {
      const { destination } = expression
      if (found.has(wide(expression.register))) {
        throw new NetlinkError({
          errno: 22,
          request: `lookup in ${expression.set} of what a lookup found: nft 1.0.6 aborts when it lists such a rule`,
        })
      }
      if (typeof destination === 'number') found.add(wide(destination))
    } else if (loads.has(expression.type) && 'register' in expression) {
      found.delete(wide(expression.register))
    }
  }
}

/** Those that put something new into their register. */
const loads: ReadonlySet<NftExpression['type']> = new Set(['payload', 'meta', 'ct', 'immediate', 'fib'])

/** Registers 1 to 4 are four of the 32-bit ones each. */
function wide(register: NftRegister = 1): number {
  return register < NFT_REG32_00 ? NFT_REG32_00 + (register - 1) * 4 : register
}
