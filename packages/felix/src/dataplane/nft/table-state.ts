import type { Delta } from '../../calc/delta.ts'
import { elementKey, type Item, itemKey, membersKey, parseKey } from '../../calc/items.ts'
import type { SetSpec } from '../../calc/ruleset.ts'
import { DeltaTracker } from '../delta-tracker.ts'
import type { RulesetChanges } from './fill-transaction.ts'
import { differentFrame, itemFingerprint } from './fingerprint.ts'
import type { TableContents } from './read-table.ts'
import { memberKey, SetMembers } from './set-members.ts'

/** Before the name of the set in the key of all its members. */
const allMembers = membersKey('')
/** The same of elements. */
const oneElement = elementKey('', []).slice(0, -1)

/** Changes that were planned, to be handed back when they are written. */
export interface Plan extends RulesetChanges {
  readonly keyed: readonly (readonly [string, Item])[]
}

/**
 * What the table should hold and what it was last seen to hold: sets, chains and verdicts by their keys, members set by set.
 * It knows what differs without looking at what does not.
 */
export class TableState {
  readonly #items = new DeltaTracker<Item, string>({ toActual: itemFingerprint, same: (a, b) => a === b })
  readonly #sets = new Map<string, SetSpec>()
  readonly #members = new Map<string, SetMembers>()
  /** Sets whose members may differ. */
  readonly #touched = new Set<string>()

  accept(delta: Delta): void {
    if (delta.kind === 'members') {
      const members = this.#membersOf(delta.set)
      for (const parts of delta.removed) members.release(memberKey(parts))
      for (const parts of delta.added) members.want(memberKey(parts))
    } else if (delta.kind === 'member') this.#acceptMember(delta.key, delta.item !== undefined)
    else if (delta.item === undefined) this.#release(delta.key)
    else {
      if (delta.item.kind === 'set') this.#sets.set(delta.item.set.name, delta.item.set)
      this.#items.want(delta.key, delta.item)
    }
  }

  #acceptMember(key: string, wanted: boolean): void {
    const element = parseKey(key)
    if (element?.kind !== 'element') return
    const members = this.#membersOf(element.set)
    if (wanted) members.want(memberKey(element.parts))
    else members.release(memberKey(element.parts))
  }

  #release(key: string): void {
    this.#items.release(key)
    const gone = parseKey(key)
    if (gone?.kind !== 'set') return
    this.#sets.delete(gone.name)
    // Its members go with it: when it comes back it is empty.
    if (this.#members.has(gone.name)) this.#membersOf(gone.name).releaseAll()
  }

  #membersOf(set: string): SetMembers {
    let members = this.#members.get(set)
    if (members === undefined) {
      members = new SetMembers()
      this.#members.set(set, members)
    }
    this.#touched.add(set)
    return members
  }

  /** The kernel was read; undefined: it has no such table. */
  replaceActual(contents: TableContents | undefined): void {
    this.#items.replaceActual(contents?.items ?? new Map())
    for (const [set, members] of contents?.members ?? []) this.#membersOf(set).replaceActual(members)
    for (const [set, members] of this.#members) {
      if (contents?.members.has(set) === true) continue
      members.absent()
      this.#touched.add(set)
    }
  }

  /** How many chains, sets, verdicts and members differ. */
  get differences(): number {
    let count = this.#items.pendingSize
    for (const set of this.#touched) count += this.#members.get(set)?.differences ?? 0
    return count
  }

  /** True when a chain or set must be made anew, which only a new table can do: others may refer to it. */
  get misshapen(): boolean {
    return this.#items.upserts().some(([key, item]) => {
      const actual = this.#items.actual(key)
      if (actual === undefined || (item.kind !== 'chain' && item.kind !== 'set')) return false
      return differentFrame(actual, itemFingerprint(item))
    })
  }

  /** What brings the kernel's table to what it should be; undefined when it is. */
  changes(): Plan | undefined {
    const removals = this.#items.removals(true).map(([key]) => key)
    const members = [...this.#touched].flatMap((name) => {
      const set = this.#sets.get(name)
      const found = this.#members.get(name)
      if (set === undefined || found === undefined) return []
      const removed = [...found.released, ...found.foreign]
      return found.additions.size + removed.length === 0 ? [] : [{ set, added: found.additions, removed }]
    })
    const keyed = this.#items.upserts()
    if (keyed.length + removals.length + members.length === 0) return undefined
    return this.#plan(keyed, removals, members, true)
  }

  /** What makes the table from nothing. */
  everything(): Plan {
    const members = [...this.#members].flatMap(([name, { desired }]) => {
      const set = this.#sets.get(name)
      return set === undefined || desired.size === 0 ? [] : [{ set, added: desired, removed: [] }]
    })
    return this.#plan([...this.#items.desiredEntries()], [], members, false)
  }

  /**
   * What makes a table from nothing while policies are not known: everything but verdicts that let packets through, so that
   * pods' packets are dropped.
   */
  closed(): Plan {
    const all = this.everything()
    return this.#plan(
      all.keyed.filter(([, item]) => item.kind !== 'dispatch' || item.verdict.kind === 'drop'),
      [],
      all.members,
      false,
    )
  }

  /** Takes out what was wanted once and is not any more, of verdicts and members only. */
  removalsOnly(): Plan | undefined {
    const removals = this.#items
      .removals(false)
      .map(([key]) => key)
      .filter((key) => parseKey(key)?.kind === 'element')
    const members = [...this.#touched].flatMap((name) => {
      const set = this.#sets.get(name)
      const removed = [...(this.#members.get(name)?.released ?? [])]
      return set === undefined || removed.length === 0 ? [] : [{ set, added: [], removed }]
    })
    return removals.length + members.length === 0 ? undefined : this.#plan([], removals, members, true)
  }

  #plan(keyed: Plan['keyed'], removals: readonly string[], members: Plan['members'], present: boolean): Plan {
    const actual = (key: string) => (present ? this.#items.actual(key) : undefined)
    return {
      keyed,
      upserts: keyed.map(([, item]) => item),
      removals,
      members,
      setOf: (name) => this.#sets.get(name),
      exists: (item) => actual(itemKey(item)) !== undefined,
    }
  }

  /** `changes` was written. */
  written(plan: Plan): void {
    this.#settle(plan)
    for (const name of this.#touched) {
      const members = this.#members.get(name)
      if (members === undefined) continue
      if (this.#sets.has(name)) members.written()
      else this.#members.delete(name)
    }
    this.#touched.clear()
  }

  /** `everything` or `closed` was written to a new table. */
  rebuilt(plan: Plan): void {
    this.#items.replaceActual(new Map())
    this.written(plan)
  }

  /** `removalsOnly` was written. */
  removed(plan: Plan): void {
    this.#settle(plan)
    for (const { set } of plan.members) this.#members.get(set.name)?.removed()
  }

  #settle({ keyed, removals }: Plan): void {
    for (const [key, item] of keyed) this.#items.setActual(key, itemFingerprint(item))
    for (const key of removals) this.#items.setActual(key, undefined)
  }

  /** True when the kernel holds under this key what it should. */
  settled(key: string): boolean {
    if (key.startsWith(allMembers)) {
      return (this.#members.get(key.slice(allMembers.length))?.differences ?? 0) === 0
    }
    const parts = key.startsWith(oneElement) ? parseKey(key) : undefined
    if (parts?.kind !== 'element' || this.#sets.get(parts.set)?.verdicts === true) return this.#items.settled(key)
    return this.#members.get(parts.set)?.settled(memberKey(parts.parts)) ?? true
  }

  /** True for a chain, or a set with its members, that is not wanted: without a sweep it may stay. */
  leftover(key: string): boolean {
    if (key.startsWith(allMembers)) return !this.#sets.has(key.slice(allMembers.length))
    return !key.startsWith(oneElement) && this.#items.desired(key) === undefined
  }

  /** Fingerprint of what the kernel was last seen to hold. */
  actual(key: string): string | undefined {
    return this.#items.actual(key)
  }

  setOf(name: string): SetSpec | undefined {
    return this.#sets.get(name)
  }

  /** Members that a set should have, by `memberKey`. */
  members(set: string): Iterable<string> {
    return this.#members.get(set)?.desired ?? []
  }
}
