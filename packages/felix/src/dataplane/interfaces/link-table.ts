import type { Link, NetlinkEvent } from '@manx/netlink'

/** What is known of the interfaces that belong to pods. */
export class LinkTable {
  readonly #byName = new Map<string, Link>()
  readonly #names = new Map<number, string>()

  /** True for an interface whose name begins as those of pods do. */
  readonly isPod: (name: string) => boolean

  constructor(isPod: (name: string) => boolean) {
    this.isPod = isPod
  }

  get(name: string): Link | undefined {
    return this.#byName.get(name)
  }

  nameOf(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.#names.get(index)
  }

  /** Replaces everything; returns the names that changed in a way that matters. */
  replace(links: readonly Link[]): readonly string[] {
    const changed: string[] = []
    const present = new Set(links.map((link) => link.name))
    for (const name of [...this.#byName.keys()]) {
      if (present.has(name)) continue
      this.#remove(name)
      changed.push(name)
    }
    for (const link of links) if (this.#set(link)) changed.push(link.name)
    return changed
  }

  /** Follows one event; returns the names that changed in a way that matters. */
  follow(event: Extract<NetlinkEvent, { type: 'link' }>): readonly string[] {
    const { link, change } = event
    const known = this.#names.get(link.index)
    if (change === 'removed') {
      if (known === undefined) return []
      this.#remove(known)
      return [known]
    }
    const renamed = known !== undefined && known !== link.name ? [known] : []
    for (const name of renamed) this.#remove(name)
    return this.#set(link) ? [...renamed, link.name] : renamed
  }

  #set(link: Link): boolean {
    if (!this.isPod(link.name)) return false
    const before = this.#byName.get(link.name)
    this.#byName.set(link.name, link)
    if (before !== undefined && before.index !== link.index) this.#names.delete(before.index)
    this.#names.set(link.index, link.name)
    return before?.index !== link.index || before.up !== link.up
  }

  #remove(name: string): void {
    const link = this.#byName.get(name)
    this.#byName.delete(name)
    if (link !== undefined) this.#names.delete(link.index)
  }
}
