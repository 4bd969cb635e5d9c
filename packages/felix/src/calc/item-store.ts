import { isDeepStrictEqual } from 'node:util'
import type { ItemDelta } from './delta.ts'
import { type Item, type ItemKind, itemKey } from './items.ts'

export interface Conflict {
  readonly key: string
  readonly winner: string
  readonly losers: readonly string[]
}

/** Things come after what they refer to and go before it. */
const order: Readonly<Record<ItemKind, number>> = {
  sysctl: 0,
  set: 1,
  member: 2,
  chain: 3,
  dispatch: 4,
  interface: 5,
  route: 6,
}

/**
 * Collects what several owners want. Owners may want the same thing (a chain shared by endpoints): it stays until the last
 * one lets go. When they disagree, the owner with the smallest name has it, so that the order of events does not matter.
 */
export class ItemStore {
  readonly #owned = new Map<string, ReadonlyMap<string, Item>>()
  readonly #claims = new Map<string, Map<string, Item>>()
  readonly #flushed = new Map<string, Item>()
  readonly #dirty = new Set<string>()
  /** Keys with claims that differ. */
  readonly #contested = new Set<string>()

  /** Replaces everything that this owner wants. */
  set(owner: string, items: readonly Item[]): void {
    const next = new Map(items.map((item) => [itemKey(item), item]))
    for (const key of this.#owned.get(owner)?.keys() ?? []) if (!next.has(key)) this.#release(key, owner)
    for (const [key, item] of next) this.#claim(key, owner, item)
    if (next.size === 0) this.#owned.delete(owner)
    else this.#owned.set(owner, next)
  }

  /** Keys of what this owner wants. */
  keysOf(owner: string): readonly string[] {
    return [...(this.#owned.get(owner)?.keys() ?? [])]
  }

  /** True while anybody wants something under this key. */
  has(key: string): boolean {
    return this.#claims.has(key)
  }

  /** Places that several owners want differently. */
  conflicts(): readonly Conflict[] {
    const found: Conflict[] = []
    for (const key of this.#contested) {
      const claims = this.#claims.get(key)
      const winner = winnerOf(claims)
      if (claims === undefined || winner === undefined) continue
      const losers = [...claims].filter(([, item]) => !isDeepStrictEqual(item, winner[1])).map(([owner]) => owner)
      if (losers.length > 0) found.push({ key, winner: winner[0], losers })
    }
    return found
  }

  /** Changes since the last flush, additions in the order of dependency, then removals in reverse. */
  flush(): readonly ItemDelta[] {
    const upserts: ItemDelta[] = []
    const removals: ItemDelta[] = []
    for (const key of this.#dirty) {
      const before = this.#flushed.get(key)
      const item = winnerOf(this.#claims.get(key))?.[1]
      if (item !== undefined) {
        if (isDeepStrictEqual(before, item)) continue
        this.#flushed.set(key, item)
        upserts.push({ key, kind: item.kind, item })
      } else if (before !== undefined) {
        this.#flushed.delete(key)
        removals.push({ key, kind: before.kind })
      }
    }
    this.#dirty.clear()
    upserts.sort((a, b) => order[a.kind] - order[b.kind])
    removals.sort((a, b) => order[b.kind] - order[a.kind])
    return [...upserts, ...removals]
  }

  #claim(key: string, owner: string, item: Item): void {
    let claims = this.#claims.get(key)
    if (claims === undefined) {
      claims = new Map()
      this.#claims.set(key, claims)
    }
    claims.set(owner, item)
    // While nobody disagrees all claims are equal, so comparing with any other one will do.
    const other = otherClaim(claims, owner)
    if (other !== undefined && !isDeepStrictEqual(other, item)) this.#contested.add(key)
    else if (this.#contested.has(key)) this.#judge(key, claims)
    this.#dirty.add(key)
  }

  #release(key: string, owner: string): void {
    const claims = this.#claims.get(key)
    claims?.delete(owner)
    if (claims?.size === 0) this.#claims.delete(key)
    if (claims !== undefined && this.#contested.has(key)) this.#judge(key, claims)
    this.#dirty.add(key)
  }

  #judge(key: string, claims: ReadonlyMap<string, Item>): void {
    const [first, ...others] = claims.values()
    if (others.some((item) => !isDeepStrictEqual(item, first))) this.#contested.add(key)
    else this.#contested.delete(key)
  }
}

function winnerOf(claims: ReadonlyMap<string, Item> | undefined): [string, Item] | undefined {
  if (claims === undefined) return undefined
  let winner: [string, Item] | undefined
  for (const claim of claims) if (winner === undefined || claim[0] < winner[0]) winner = claim
  return winner
}

function otherClaim(claims: ReadonlyMap<string, Item>, owner: string): Item | undefined {
  for (const [each, item] of claims) if (each !== owner) return item
  return undefined
}
