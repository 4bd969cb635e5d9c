import type { PolicyDirection } from '@manx/api'
import type { AppliedTier } from '../../evaluate/decide.ts'
import { compare } from '../compare.ts'
import type { ItemStore } from '../item-store.ts'
import type { Item } from '../items.ts'
import { names } from '../names.ts'
import type { Verdict } from '../ruleset.ts'
import type { ActivePolicies, Touched } from './active-policies.ts'
import type { AppliedPolicies } from './applied-policies.ts'
import { NamespaceCommons } from './namespace-commons.ts'
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
  readonly #commons: NamespaceCommons
  readonly #endpoints = new Map<string, ListPair | 'unknown'>()
  readonly #applied = new WeakMap<PolicyList, { readonly version: number; readonly tiers: readonly AppliedTier[] }>()
  #updates = 0

  constructor(items: ItemStore, active: ActivePolicies, lists: PolicyLists) {
    this.#items = items
    this.#active = active
    this.#lists = lists
    this.#commons = new NamespaceCommons(active)
  }

  /** Undefined: no such endpoint. */
  get(name: string): ListPair | 'unknown' | undefined {
    return this.#endpoints.get(name)
  }

  /** Another one whenever what a list is made of may have changed. */
  get version(): number {
    return this.#updates + this.#active.version
  }

  /** Keys of all policies that endpoints with this list have. */
  policiesOf(list: PolicyList): readonly string[] {
    return [...list.own, ...this.#commons.of(list.namespace, list.direction).keys]
  }

  /** The same in the order in which they are asked. */
  appliedOf(list: PolicyList): readonly AppliedTier[] {
    const { version } = this
    const known = this.#applied.get(list)
    if (known?.version === version) return known.tiers
    const tiers = ofDirection(this.#active.inOrder(this.policiesOf(list)), list.direction)
    this.#applied.set(list, { version, tiers })
    return tiers
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

  /** Finds the lists of endpoints anew. */
  update({ endpoints, namespaces, everything }: Touched, passMark: number): void {
    const changed: string[] = []
    const relisted = new Map<PolicyList, PolicyList>()
    for (const namespace of namespaces) {
      const concerns = this.#commons.update(namespace)
      if (concerns !== undefined || everything) changed.push(namespace)
      if (concerns === undefined) continue
      const relist = (list: PolicyList) => (concerns(list) ? this.#relist(list, relisted, passMark) : this.#again(list))
      for (const name of this.#active.endpointsOf(namespace)) {
        const pair = this.#endpoints.get(name)
        if (typeof pair !== 'object' || endpoints.has(name)) continue
        this.#put(name, { ingress: relist(pair.ingress), egress: relist(pair.egress) })
      }
    }
    if (changed.length > 0) this.#updates++
    // Endpoints that had the same lists and to which the same happened have the same lists again.
    const found = new Map<string, ListPair>()
    for (const [name, keys] of endpoints) {
      const before = this.#endpoints.get(name)
      const namespace = this.#active.namespaceOf(name)
      if (namespace === undefined) continue
      const story = this.#story(name, namespace, typeof before === 'object' ? before : undefined, keys)
      const known = found.get(story)
      const pair =
        known === undefined
          ? this.#take(name, namespace, passMark)
          : { ingress: this.#again(known.ingress), egress: this.#again(known.egress) }
      found.set(story, pair)
      this.#put(name, pair)
    }
    for (const namespace of changed) {
      for (const direction of directions) this.#lists.refresh(this.#context(namespace, direction, passMark))
    }
  }

  #story(
    name: string,
    namespace: string,
    before: ListPair | undefined,
    touched: ReadonlySet<string> | undefined,
  ): string {
    if (before === undefined || touched === undefined) {
      return JSON.stringify([namespace, this.#active.keysOf(name).toSorted(compare)])
    }
    const changes = [...touched].sort(compare).map((key) => [key, this.#active.applies(key, name)])
    return JSON.stringify([namespace, before.ingress.identity, before.egress.identity, changes])
  }

  #take(name: string, namespace: string, passMark: number): ListPair {
    const { ingress, egress } = this.#active.of(name)
    return {
      ingress: this.#lists.take(ingress, this.#context(namespace, 'Ingress', passMark)),
      egress: this.#lists.take(egress, this.#context(namespace, 'Egress', passMark)),
    }
  }

  #context(namespace: string, direction: PolicyDirection, passMark: number) {
    const { tiers: common } = this.#commons.of(namespace, direction)
    return { namespace, direction, common, tiers: this.#active.tiers(), passMark }
  }

  #again(list: PolicyList): PolicyList {
    return this.#lists.again(list)
  }

  /** The list with the same policies of its own, now that those of its namespace are others. */
  #relist(list: PolicyList, relisted: Map<PolicyList, PolicyList>, passMark: number): PolicyList {
    const known = relisted.get(list)
    if (known !== undefined) return this.#again(known)
    const { namespace, direction } = list
    const own = ofDirection(this.#active.inOrder(list.own), direction)
    const next = this.#lists.take(own, this.#context(namespace, direction, passMark))
    relisted.set(list, next)
    return next
  }

  /** Before what was there is let go, so that what both have stays. */
  #put(name: string, pair: ListPair): void {
    const before = this.#endpoints.get(name)
    this.#release(name)
    this.#endpoints.set(name, pair)
    if (typeof before === 'object' && before.ingress === pair.ingress && before.egress === pair.egress) return
    this.#dispatch(name, pair.egress.verdict, pair.ingress.verdict)
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

const directions: readonly PolicyDirection[] = ['Ingress', 'Egress']

const ofDirection = ({ ingress, egress }: AppliedPolicies, direction: PolicyDirection): readonly AppliedTier[] =>
  direction === 'Ingress' ? ingress : egress
