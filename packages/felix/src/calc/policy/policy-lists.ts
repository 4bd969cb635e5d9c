import { type PolicyDirection, policyKey } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { FelixError } from '../../felix-error.ts'
import type { ItemStore } from '../item-store.ts'
import { chainKey } from '../items.ts'
import type { Verdict } from '../ruleset.ts'
import { listChains } from './list-chains.ts'
import { type SpanContext, spanName } from './namespace-span.ts'
import { NamespaceSpans } from './namespace-spans.ts'

/** The policies of endpoints in one direction, in order; one object for all endpoints of a namespace with the same list. */
export interface PolicyList {
  readonly namespace: string
  readonly direction: PolicyDirection
  readonly identity: string
  /** Keys of the policies that endpoints have of their own, without those of the namespace. */
  readonly own: readonly string[]
  readonly verdict: Verdict
  /** Names of the chains that the list is made of, without those of its policies. */
  readonly chains: readonly string[]
  /** Names of the chains that it needs with what the namespace's endpoints have in common. */
  readonly spans: readonly string[]
  /** Some of those are among the list's own jumps. */
  readonly inlines: boolean
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
  readonly #spans: NamespaceSpans

  constructor(items: ItemStore) {
    this.#items = items
    this.#spans = new NamespaceSpans(items)
  }

  get chainCount(): number {
    return new Set([...this.#chainUsers.keys()].map(chainKey).concat(this.#spans.chainKeys())).size
  }

  /** To be given back with `release`, once for each time. */
  take(own: readonly AppliedTier[], context: SpanContext): PolicyList {
    const { namespace, direction } = context
    const { identity, verdict, names, chain, spans, inlines } = listChains(own, context)
    const known = this.#lists.get(identity)
    if (known !== undefined) return this.again(known.list)
    const list: PolicyList = {
      namespace,
      direction,
      identity,
      own: own.flatMap(({ policies }) => policies.map(policyKey)),
      verdict,
      chains: names,
      spans: spans.map((span) => spanName(span, context)),
      inlines,
    }
    this.#lists.set(identity, { list, users: 1 })
    for (const name of names) {
      const users = this.#chainUsers.get(name) ?? 0
      this.#chainUsers.set(name, users + 1)
      if (users === 0) this.#items.set(chainOwner(name), [{ kind: 'chain', chain: chain(name) }])
    }
    for (const span of spans) this.#spans.take(span, context)
    return list
  }

  /** The same list, which some endpoint still has, for one more. */
  again({ identity }: PolicyList): PolicyList {
    const used = this.#lists.get(identity)
    if (used === undefined) throw new FelixError('Internal', `no endpoint has the policy list ${identity} any more`)
    used.users++
    return used.list
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
    for (const name of used.list.spans) this.#spans.release(name)
  }

  /** To be called when what a namespace's endpoints have in common in this direction, or its order, has changed. */
  refresh(context: SpanContext): void {
    this.#spans.refresh(context)
  }

  /** Keys of the chains that a list is made of, without those of its policies. */
  keysOf({ chains, spans }: PolicyList): readonly string[] {
    return [...chains.map(chainKey), ...spans.flatMap((name) => this.#spans.keysOf(name))]
  }
}

const chainOwner = (name: string): string => `list/${chainKey(name)}`
