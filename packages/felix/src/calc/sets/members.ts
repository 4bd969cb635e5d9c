import type { Family, NamedPort } from '@manx/api'
import type { AddressEntry } from './address-table.ts'

/** What sets need to know of a pod. */
export interface PodMember {
  readonly addresses: readonly AddressEntry[]
  readonly ports: readonly NamedPort[]
}

/** What came and went since the last flush; what came and went again is not in it. */
export interface MemberChanges {
  readonly added: readonly (readonly string[])[]
  readonly removed: readonly (readonly string[])[]
}

/** The members of one set, as far as they are not known otherwise. */
export interface Members {
  readonly size: number
  /** Undefined: nothing changed. */
  flush(): MemberChanges | undefined
}

/** The addresses of one family that pods with certain labels have. Who is a member already is known to the caller. */
export class AddressMembers implements Members {
  readonly #family: Family
  readonly #changes = new Toggle<AddressEntry>()
  size: number = 0

  constructor(family: Family) {
    this.#family = family
  }

  join(entry: AddressEntry): void {
    if (entry.family !== this.#family) return
    this.size++
    this.#changes.add(entry)
  }

  leave(entry: AddressEntry): void {
    if (entry.family !== this.#family) return
    this.size--
    this.#changes.remove(entry)
  }

  flush(): MemberChanges | undefined {
    return this.#changes.flush(({ parts }) => parts)
  }
}

const separator = '|'

/** `address . protocol . port` of pods that have a port of this name. Pods may share an address. */
export class PortMembers implements Members {
  readonly #family: Family
  readonly #name: string
  readonly #protocol: number
  readonly #counts = new Map<string, number>()
  readonly #changes = new Toggle<string>()

  constructor(family: Family, name: string, protocol: number) {
    this.#family = family
    this.#name = name
    this.#protocol = protocol
  }

  get size(): number {
    return this.#counts.size
  }

  addPod(pod: PodMember): void {
    for (const member of this.#membersOf(pod)) {
      const count = this.#counts.get(member) ?? 0
      this.#counts.set(member, count + 1)
      if (count === 0) this.#changes.add(member)
    }
  }

  removePod(pod: PodMember): void {
    for (const member of this.#membersOf(pod)) {
      const count = this.#counts.get(member) ?? 0
      if (count > 1) this.#counts.set(member, count - 1)
      else if (this.#counts.delete(member)) this.#changes.remove(member)
    }
  }

  flush(): MemberChanges | undefined {
    return this.#changes.flush((member) => member.split(separator))
  }

  #membersOf({ addresses, ports }: PodMember): readonly string[] {
    const own = ports.filter(({ name, protocol }) => name === this.#name && protocol === this.#protocol)
    if (own.length === 0) return []
    return addresses
      .filter(({ family }) => family === this.#family)
      .flatMap(({ text }) => own.map(({ protocol, port }) => [text, protocol, port].join(separator)))
  }
}

/** Members that never change. */
export class FixedMembers implements Members {
  readonly size: number
  #pending: MemberChanges['added']

  constructor(members: MemberChanges['added']) {
    this.size = members.length
    this.#pending = members
  }

  flush(): MemberChanges | undefined {
    const added = this.#pending
    this.#pending = []
    return added.length === 0 ? undefined : { added, removed: [] }
  }
}

class Toggle<T> {
  #added = new Set<T>()
  #removed = new Set<T>()

  add(member: T): void {
    if (!this.#removed.delete(member)) this.#added.add(member)
  }

  remove(member: T): void {
    if (!this.#added.delete(member)) this.#removed.add(member)
  }

  flush(partsOf: (member: T) => readonly string[]): MemberChanges | undefined {
    if (this.#added.size === 0 && this.#removed.size === 0) return undefined
    const changes = { added: Array.from(this.#added, partsOf), removed: Array.from(this.#removed, partsOf) }
    this.#added = new Set()
    this.#removed = new Set()
    return changes
  }
}
