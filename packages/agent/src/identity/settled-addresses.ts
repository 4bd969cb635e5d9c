import type { Family } from '@manx/api'
import { type NodeAddresses, sameAddress } from './find-identity.ts'

/**
 * Makes up what the node's addresses are out of repeated looks. The first look counts as it is. Later an address changes
 * only when another one was found twice in a row, and never because none was: an interface that is down for a moment must
 * not make the node unknown to its peers.
 */
export class SettledAddresses {
  #settled: NodeAddresses | undefined
  #previous: NodeAddresses = {}

  /** True when the last look found something else than what counts: the next look should be soon. */
  get isDoubtful(): boolean {
    return ([4, 6] as const).some(
      (family) => this.#previous[family] !== undefined && !sameAddress(this.#previous[family], this.#settled?.[family]),
    )
  }

  /** Takes what was just found, and returns what counts. */
  look(found: NodeAddresses): NodeAddresses {
    const before = this.#settled
    const settle = (family: Family) => {
      const seen = found[family]
      return seen !== undefined && sameAddress(seen, this.#previous[family]) ? { [family]: seen } : {}
    }
    this.#settled = before === undefined ? found : { ...before, ...settle(4), ...settle(6) }
    this.#previous = found
    return this.#settled
  }
}
