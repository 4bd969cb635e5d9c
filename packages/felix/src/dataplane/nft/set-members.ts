/** Joins the parts of a member; occurs in no address, interface name or number. */
const separator = '|'

/** A member as one text, by which it is kept and compared. */
export const memberKey = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] ?? '') : parts.join(separator)

export const memberParts = (key: string): readonly string[] => key.split(separator)

/**
 * Members of one set: which should be there, and in what the kernel differs. A set may have tens of thousands, so what is as
 * it should be is kept once.
 */
export class SetMembers {
  readonly #desired = new Set<string>()
  /** False: the kernel holds no member at all, so that all desired ones are missing without a list of them. */
  #present: boolean = false
  readonly #missing = new Set<string>()
  /** Still in the kernel; were desired once, so they go even when foreign things are not swept. */
  readonly #released = new Set<string>()
  /** In the kernel, and never desired. */
  readonly #foreign = new Set<string>()

  want(member: string): void {
    if (this.#desired.has(member)) return
    this.#desired.add(member)
    if (this.#released.delete(member) || this.#foreign.delete(member) || !this.#present) return
    this.#missing.add(member)
  }

  release(member: string): void {
    if (!this.#desired.delete(member) || this.#missing.delete(member) || !this.#present) return
    this.#released.add(member)
  }

  /** The set itself is not wanted any more. */
  releaseAll(): void {
    for (const member of [...this.#desired]) this.release(member)
  }

  /** The kernel was read: it holds these members of the set. */
  replaceActual(members: readonly string[]): void {
    const released = new Set(this.#released)
    this.absent()
    if (members.length === 0) return
    this.#present = true
    let found = 0
    for (const member of members) {
      if (this.#desired.has(member)) found++
      else if (released.has(member)) this.#released.add(member)
      else this.#foreign.add(member)
    }
    if (found === this.#desired.size) return
    const actual = new Set(members)
    for (const member of this.#desired) if (!actual.has(member)) this.#missing.add(member)
  }

  /** The kernel does not have the set, or has it empty. */
  absent(): void {
    this.#present = false
    this.#missing.clear()
    this.#released.clear()
    this.#foreign.clear()
  }

  /** Members to add. */
  get additions(): ReadonlySet<string> {
    return this.#present ? this.#missing : this.#desired
  }

  /** Members to remove that were desired before. */
  get released(): ReadonlySet<string> {
    return this.#released
  }

  /** Members to remove that were never desired. */
  get foreign(): ReadonlySet<string> {
    return this.#foreign
  }

  /** Additions and removals were written. */
  written(): void {
    this.#present = this.#desired.size > 0
    this.#missing.clear()
    this.#released.clear()
    this.#foreign.clear()
  }

  /** Removals of released members were written, and nothing else. */
  removed(): void {
    this.#released.clear()
  }

  /** How many members the kernel lacks or has too many. */
  get differences(): number {
    return this.additions.size + this.#released.size + this.#foreign.size
  }

  /** True when the kernel holds this member as it should, or does not as it should not. */
  settled(member: string): boolean {
    if (this.#desired.has(member)) return this.#present && !this.#missing.has(member)
    return !this.#released.has(member) && !this.#foreign.has(member)
  }

  get desired(): ReadonlySet<string> {
    return this.#desired
  }
}
