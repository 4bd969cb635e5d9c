import { type PolicyDirection, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { ItemStore } from '../item-store.ts'
import { chainKey } from '../items.ts'
import type { Verdict } from '../ruleset.ts'
import { contentHash } from '../sets/policy-set.ts'
import { listChains, listIdentity } from './list-chains.ts'

/** The policies of endpoints in one direction, in order; one object for all endpoints with the same list. */
export interface PolicyList {
  readonly direction: PolicyDirection
  readonly identity: string
  readonly tiers: readonly { readonly tier: string; readonly policies: readonly string[] }[]
  readonly verdict: Verdict
  /** Keys of the chains that the list itself is made of, without those of its policies. */
  readonly chains: readonly string[]
}

interface UsedList {
  readonly list: PolicyList
  users: number
}

/** The lists that endpoints have, and their chains. */
export class PolicyLists {
  readonly #items: ItemStore
  readonly #lists = new Map<string, UsedList>()

  constructor(items: ItemStore) {
    this.#items = items
  }

  get chainCount(): number {
    let count = 0
    for (const { list } of this.#lists.values()) count += list.chains.length
    return count
  }

  /** To be given back with `release`, once for each time. */
  take(tiers: readonly AppliedTier[], direction: PolicyDirection, passMark: number): PolicyList {
    const identity = contentHash([direction, passMark, listIdentity(tiers, direction)])
    const known = this.#lists.get(identity)
    if (known !== undefined) return this.again(known.list)
    const { verdict, chains } = listChains(tiers, direction, passMark)
    const list: PolicyList = {
      direction,
      identity,
      tiers: tiers.map(({ tier, policies }) => ({ tier: tier.name, policies: policies.map(policyKey) })),
      verdict,
      chains: chains.map(({ name }) => chainKey(name)),
    }
    this.#lists.set(identity, { list, users: 1 })
    this.#items.set(
      `list/${identity}`,
      chains.map((chain) => ({ kind: 'chain', chain })),
    )
    return list
  }

  /** The same list for one more endpoint. */
  again(list: PolicyList): PolicyList {
    const used = this.#lists.get(list.identity)
    if (used !== undefined) used.users++
    return list
  }

  release({ identity }: PolicyList): void {
    const used = this.#lists.get(identity)
    if (used === undefined || --used.users > 0) return
    this.#lists.delete(identity)
    this.#items.set(`list/${identity}`, [])
  }
}
