import type { MembersDelta } from '../delta.ts'
import type { ItemStore } from '../item-store.ts'
import { membersKey } from '../items.ts'
import { AddressMembers, FixedMembers, type Members, PortMembers } from './members.ts'
import type { PodIndex } from './pod-index.ts'
import { type PolicySet, setSpecOf } from './policy-set.ts'

interface UsedSet {
  readonly set: PolicySet
  readonly members: Members
  users: number
  /** Ends the following of pods. */
  readonly end: () => void
}

/** The sets that chains use, each there as long as one of them does, and their members. */
export class PolicySets {
  readonly #items: ItemStore
  readonly #pods: PodIndex
  readonly #sets = new Map<string, UsedSet>()
  readonly #owned = new Map<string, readonly PolicySet[]>()
  readonly #keys = new Set<string>()
  /** Sets that may have no users left. */
  readonly #left = new Set<string>()

  constructor(items: ItemStore, pods: PodIndex) {
    this.#items = items
    this.#pods = pods
  }

  get size(): number {
    return this.#sets.size
  }

  get memberCount(): number {
    let count = 0
    for (const { members } of this.#sets.values()) count += members.size
    return count
  }

  /** True for the key of the members of a set that is in use. */
  hasKey(key: string): boolean {
    return this.#keys.has(key)
  }

  /** Replaces everything that this owner uses; no set may be named twice. */
  use(owner: string, sets: readonly PolicySet[]): void {
    const before = this.#owned.get(owner) ?? []
    for (const set of sets) {
      const used = this.#sets.get(set.name)
      if (used === undefined) this.#begin(set)
      else used.users++
    }
    for (const { name } of before) {
      const used = this.#sets.get(name)
      if (used !== undefined) used.users--
    }
    for (const { name } of before) this.#left.add(name)
    if (sets.length === 0) this.#owned.delete(owner)
    else this.#owned.set(owner, sets)
  }

  setsOf(owner: string): readonly PolicySet[] {
    return this.#owned.get(owner) ?? []
  }

  /** To be followed by the flush of the items, which has the sets themselves. */
  flush(): readonly MembersDelta[] {
    // Not before: a set that has a new user by now is the same one still, with the members that it has in the kernel.
    for (const name of this.#left) if (this.#sets.get(name)?.users === 0) this.#end(name)
    this.#left.clear()
    const deltas: MembersDelta[] = []
    for (const [set, { members }] of this.#sets) {
      const changes = members.flush()
      if (changes !== undefined) deltas.push({ kind: 'members', key: membersKey(set), set, ...changes })
    }
    return deltas
  }

  #begin(set: PolicySet): void {
    this.#keys.add(membersKey(set.name))
    this.#sets.set(set.name, { set, users: 1, ...this.#follow(set) })
    this.#items.set(`set/${set.name}`, [{ kind: 'set', set: setSpecOf(set) }])
  }

  #end(name: string): void {
    this.#sets.get(name)?.end()
    this.#sets.delete(name)
    this.#keys.delete(membersKey(name))
    this.#items.set(`set/${name}`, [])
  }

  #follow(set: PolicySet): Pick<UsedSet, 'members' | 'end'> {
    const pods = this.#pods
    if (set.kind === 'fixed') return { members: new FixedMembers(set.members), end: () => undefined }
    if (set.kind === 'addresses') {
      const members = new AddressMembers(set.family)
      pods.trackAddresses(set.selector, members)
      return { members, end: () => pods.untrackAddresses(set.selector, members) }
    }
    const members = new PortMembers(set.family, set.port, set.protocol)
    pods.trackPorts(set.scope, members)
    return { members, end: () => pods.untrackPorts(members) }
  }
}
