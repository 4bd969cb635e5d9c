import { type Change, formatPrefix, type Prefix, prefixContains, type Store } from '@manx/api'
import { hostOf } from '../block/block.ts'
import { BlockSpace } from '../pools/block-space.ts'
import type { Pool } from '../pools/pool.ts'
import { noReservations, type Reservations } from '../pools/reservations.ts'
import type { KnownBlock } from './informers.ts'

/** All blocks by place and by the nodes that they concern: their owner and those whose pods have addresses in them. */
export class BlockIndex {
  readonly space = new BlockSpace<KnownBlock>()
  readonly #byNode = new Map<string, Map<string, Prefix>>()
  /** By pool. Kept up to date as blocks come and go: most changes are to what is in a block. */
  readonly #counts = new Map<string, { readonly prefix: Prefix; count: number }>()
  #reservations: Reservations = noReservations
  readonly #onNode: (node: string) => void

  /** `onNode` hears of each node that a change concerns. */
  constructor(store: Store<KnownBlock>, onNode: (node: string) => void) {
    this.#onNode = onNode
    store.subscribe((change) => this.#apply(change), { replay: true })
  }

  of(node: string): readonly KnownBlock[] {
    return [...(this.#byNode.get(node)?.values() ?? [])].flatMap((prefix) => this.space.get(prefix) ?? [])
  }

  nodes(): Iterable<string> {
    return this.#byNode.keys()
  }

  /** Blocks that exist within the pool, without those that are reserved as a whole. */
  countIn(pool: Pool, reservations: Reservations): number {
    if (reservations !== this.#reservations) {
      this.#reservations = reservations
      this.#counts.clear()
    }
    const key = formatPrefix(pool.prefix)
    const known = this.#counts.get(key)
    if (known !== undefined) return known.count
    const counted = { prefix: pool.prefix, count: 0 }
    for (const { prefix } of this.space.values()) {
      if (prefixContains(pool.prefix, prefix) && reservations.covering(prefix) === undefined) counted.count++
    }
    this.#counts.set(key, counted)
    return counted.count
  }

  /** Forgets pools that were counted for: others may be there now. */
  poolsChanged(): void {
    this.#counts.clear()
  }

  /** Notes a block that was just made, before the informer says so: the next search must not find it free. */
  note(block: KnownBlock): void {
    if (!this.space.has(block.prefix)) this.#set(block)
  }

  /** Forgets a block that was just deleted, as `note`. */
  drop(prefix: Prefix): void {
    const block = this.space.get(prefix)
    if (block !== undefined) this.#delete(block)
  }

  #apply(change: Change<KnownBlock>): void {
    const concerned = new Set<string>()
    if (change.type !== 'added') {
      this.#delete(change.previous)
      for (const node of nodesOf(change.previous)) concerned.add(node)
    }
    if (change.type !== 'removed') {
      this.#set(change.object)
      for (const node of nodesOf(change.object)) concerned.add(node)
    }
    for (const node of concerned) this.#onNode(node)
  }

  #set(block: KnownBlock): void {
    const cidr = formatPrefix(block.prefix)
    if (!this.space.has(block.prefix)) this.#count(block.prefix, 1)
    this.space.set(block)
    for (const node of nodesOf(block)) {
      const prefixes = this.#byNode.get(node) ?? new Map<string, Prefix>()
      this.#byNode.set(node, prefixes.set(cidr, block.prefix))
    }
  }

  #delete(block: KnownBlock): void {
    const cidr = formatPrefix(block.prefix)
    for (const node of nodesOf(this.space.get(block.prefix) ?? block)) {
      const cidrs = this.#byNode.get(node)
      cidrs?.delete(cidr)
      if (cidrs?.size === 0) this.#byNode.delete(node)
    }
    if (this.space.has(block.prefix)) this.#count(block.prefix, -1)
    this.space.delete(block.prefix)
  }

  #count(prefix: Prefix, change: number): void {
    if (this.#reservations.covering(prefix) !== undefined) return
    for (const counted of this.#counts.values()) if (prefixContains(counted.prefix, prefix)) counted.count += change
  }
}

function nodesOf(block: KnownBlock): Set<string> {
  const owner = hostOf(block.affinity)
  const nodes = new Set(block.used.keys())
  nodes.delete('')
  if (owner !== undefined) nodes.add(owner)
  return nodes
}
