import { compare } from '../compare.ts'
import type { ItemStore } from '../item-store.ts'
import type { Item } from '../items.ts'
import { names } from '../names.ts'
import type { Verdict } from '../ruleset.ts'
import type { ActivePolicies } from './active-policies.ts'
import type { PolicyList, PolicyLists } from './policy-lists.ts'

/** The policy lists of an endpoint. */
export interface ListPair {
  readonly ingress: PolicyList
  readonly egress: PolicyList
}

/** The owner of an endpoint's elements in both dispatch maps. */
export const dispatchOwner = (interfaceName: string): string => `dispatch/${interfaceName}`

/** Which lists each endpoint has, and that the kernel sends its packets there. An endpoint of an unknown pod has none: dropped. */
export class EndpointLists {
  readonly #items: ItemStore
  readonly #active: ActivePolicies
  readonly #lists: PolicyLists
  readonly #endpoints = new Map<string, ListPair | 'unknown'>()

  constructor(items: ItemStore, active: ActivePolicies, lists: PolicyLists) {
    this.#items = items
    this.#active = active
    this.#lists = lists
  }

  names(): Iterable<string> {
    return this.#endpoints.keys()
  }

  /** Undefined: no such endpoint. */
  get(name: string): ListPair | 'unknown' | undefined {
    return this.#endpoints.get(name)
  }

  remove(name: string): void {
    this.#release(name)
    this.#endpoints.delete(name)
    this.#items.set(dispatchOwner(name), [])
  }

  setUnknown(name: string): void {
    this.#release(name)
    this.#endpoints.set(name, 'unknown')
    this.#dispatch(name, { kind: 'drop' }, { kind: 'drop' })
  }

  /**
   * Finds the lists of endpoints anew. `touched` has for each the policies that began or ceased to apply or changed their place;
   * undefined: any may have.
   */
  update(touched: ReadonlyMap<string, ReadonlySet<string> | undefined>, passMark: number): void {
    // Endpoints that had the same lists and to which the same happened have the same lists again.
    const found = new Map<string, ListPair>()
    for (const [name, keys] of touched) {
      const before = this.#endpoints.get(name)
      const story = this.#story(name, typeof before === 'object' ? before : undefined, keys)
      const known = found.get(story)
      const pair = known === undefined ? this.#take(name, passMark) : this.#again(known)
      found.set(story, pair)
      this.#release(name)
      this.#endpoints.set(name, pair)
      this.#dispatch(name, pair.egress.verdict, pair.ingress.verdict)
    }
  }

  #story(name: string, before: ListPair | undefined, touched: ReadonlySet<string> | undefined): string {
    if (before === undefined || touched === undefined)
      return JSON.stringify(this.#active.keysOf(name).toSorted(compare))
    const changes = [...touched].sort(compare).map((key) => [key, this.#active.applies(key, name)])
    return JSON.stringify([before.ingress.identity, before.egress.identity, changes])
  }

  #take(name: string, passMark: number): ListPair {
    const { ingress, egress } = this.#active.of(name)
    return {
      ingress: this.#lists.take(ingress, 'Ingress', passMark),
      egress: this.#lists.take(egress, 'Egress', passMark),
    }
  }

  #again({ ingress, egress }: ListPair): ListPair {
    return { ingress: this.#lists.again(ingress), egress: this.#lists.again(egress) }
  }

  #release(name: string): void {
    const pair = this.#endpoints.get(name)
    if (typeof pair !== 'object') return
    this.#lists.release(pair.ingress)
    this.#lists.release(pair.egress)
  }

  #dispatch(name: string, egress: Verdict, ingress: Verdict): void {
    const items: readonly Item[] = [
      { kind: 'dispatch', map: names.egressDispatch, parts: [name], verdict: egress },
      { kind: 'dispatch', map: names.ingressDispatch, parts: [name], verdict: ingress },
    ]
    this.#items.set(dispatchOwner(name), items)
  }
}
