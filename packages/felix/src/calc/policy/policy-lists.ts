import { type PolicyDirection, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import type { ItemStore } from '../item-store.ts'
import { chainKey } from '../items.ts'
import type { Verdict } from '../ruleset.ts'
import { listChains } from './list-chains.ts'

/** The policies of endpoints in one direction, in order; one object for all endpoints with the same list. */
export interface PolicyList {
  readonly direction: PolicyDirection
  readonly identity: string
  readonly tiers: readonly { readonly tier: string; readonly policies: readonly string[] }[]
  readonly verdict: Verdict
  /** Names of the chains that the list is made of, without those of its policies. */
  readonly chains: readonly string[]
}

interface UsedList {
  readonly list: PolicyList
  users: number
}

/** The lists that endpoints have, and their chains. Lists may have chains in common. */
export class PolicyLists {
  readonly #items: ItemStore
  readonly #lists = new Map<string, UsedList>()
  readonly #chainUsers = new Map<string, number>()

  constructor(items: ItemStore) {
    this.#items = items
  }

  get chainCount(): number {
    return this.#chainUsers.size
  }

  /** To be given back with `release`, once for each time. */
  take(tiers: readonly AppliedTier[], direction: PolicyDirection, passMark: number): PolicyList {
    const { identity, verdict, names, chain } = listChains(tiers, direction, passMark)
    const known = this.#lists.get(identity)
    if (known !== undefined) return this.again(known.list)
    const asked = tiers.map(({ tier, policies }) => ({ tier: tier.name, policies: policies.map(policyKey) }))
    const list: PolicyList = { direction, identity, tiers: asked, verdict, chains: names }
    this.#lists.set(identity, { list, users: 1 })
    for (const name of names) {
      const users = this.#chainUsers.get(name) ?? 0
      this.#chainUsers.set(name, users + 1)
      if (users === 0) this.#items.set(chainOwner(name), [{ kind: 'chain', chain: chain(name) }])
    }
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
    for (const name of used.list.chains) {
      const users = (this.#chainUsers.get(name) ?? 0) - 1
      if (users > 0) this.#chainUsers.set(name, users)
      else {
        this.#chainUsers.delete(name)
        this.#items.set(chainOwner(name), [])
      }
    }
  }
}

const chainOwner = (name: string): string => `list/${chainKey(name)}`
