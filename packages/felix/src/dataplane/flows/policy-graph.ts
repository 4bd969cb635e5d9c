import type { Delta } from '../../calc/delta.ts'
import type { Chain } from '../../calc/ruleset.ts'

/** Which interfaces' packets come by which chains and sets. It is kept change by change. */
export class PolicyGraph {
  readonly #chains = new Map<string, Chain>()
  /** Chains that jump to a chain. */
  readonly #callers = new Map<string, Set<string>>()
  /** Chains that look something up in a set. */
  readonly #readers = new Map<string, Set<string>>()
  /** By the key of the verdict: which interface goes to which chain. */
  readonly #dispatches = new Map<string, { readonly name: string; readonly chain: string }>()
  /** Keys of verdicts by the chain that they lead to. */
  readonly #entrances = new Map<string, Set<string>>()

  accept(delta: Delta): void {
    if (delta.kind === 'chain') this.#setChain(delta.key, delta.item?.kind === 'chain' ? delta.item.chain : undefined)
    else if (delta.kind === 'dispatch') {
      const before = this.#dispatches.get(delta.key)
      if (before !== undefined) remove(this.#entrances, before.chain, delta.key)
      this.#dispatches.delete(delta.key)
      if (delta.item?.kind !== 'dispatch' || !('chain' in delta.item.verdict)) return
      const [name = ''] = delta.item.parts
      const { chain } = delta.item.verdict
      this.#dispatches.set(delta.key, { name, chain })
      add(this.#entrances, chain, delta.key)
    }
  }

  #setChain(key: string, chain: Chain | undefined): void {
    const before = this.#chains.get(key)
    if (before !== undefined) {
      const { chains, sets } = referencesOf(before)
      for (const target of chains) remove(this.#callers, target, before.name)
      for (const set of sets) remove(this.#readers, set, before.name)
    }
    if (chain === undefined) {
      this.#chains.delete(key)
      return
    }
    this.#chains.set(key, chain)
    const { chains, sets } = referencesOf(chain)
    for (const target of chains) add(this.#callers, target, chain.name)
    for (const set of sets) add(this.#readers, set, chain.name)
  }

  /** Names of the chains that look something up in the set. */
  readersOf(set: string): ReadonlySet<string> {
    return this.#readers.get(set) ?? new Set()
  }

  chain(key: string): Chain | undefined {
    return this.#chains.get(key)
  }

  /** Interfaces whose verdicts lead to one of the chains, over others or at once. */
  interfacesOf(chains: Iterable<string>): ReadonlySet<string> {
    const found = new Set<string>()
    // A set that grows while it is walked: each chain is looked at once.
    const reached = new Set(chains)
    for (const chain of reached) {
      for (const key of this.#entrances.get(chain) ?? []) {
        const dispatch = this.#dispatches.get(key)
        if (dispatch !== undefined) found.add(dispatch.name)
      }
      for (const caller of this.#callers.get(chain) ?? []) reached.add(caller)
    }
    return found
  }
}

interface References {
  readonly chains: ReadonlySet<string>
  readonly sets: ReadonlySet<string>
}

// Chains never change once they are made; each is asked when it comes and when it goes.
const known = new WeakMap<Chain, References>()

function referencesOf(chain: Chain): References {
  const found = known.get(chain)
  if (found !== undefined) return found
  const chains = new Set<string>()
  const sets = new Set<string>()
  for (const { action, matches } of chain.rules) {
    if ('chain' in action) chains.add(action.chain)
    for (const match of matches) if (match.kind === 'set') sets.add(match.set)
  }
  const references = { chains, sets }
  known.set(chain, references)
  return references
}

function add(index: Map<string, Set<string>>, name: string, value: string): void {
  const values = index.get(name)
  if (values === undefined) index.set(name, new Set([value]))
  else values.add(value)
}

function remove(index: Map<string, Set<string>>, name: string, value: string): void {
  const values = index.get(name)
  values?.delete(value)
  if (values?.size === 0) index.delete(name)
}
