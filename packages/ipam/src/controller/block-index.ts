import { type Change, formatPrefix, prefixContains, type Store } from '@manx/api'
import { hostOf } from '../block/block.ts'
import type { Pool } from '../pools/pool.ts'
import type { KnownBlock } from './informers.ts'

/** All blocks by CIDR and by the nodes that they concern: their owner and those whose pods have addresses in them. */
export class BlockIndex {
  readonly byCidr = new Map<string, KnownBlock>()
  readonly #byNode = new Map<string, Set<string>>()
  readonly #perPool = new Map<string, number>()
  readonly #onNode: (node: string) => void

  /** `onNode` hears of each node that a change concerns. */
  constructor(store: Store<KnownBlock>, onNode: (node: string) => void) {
    this.#onNode = onNode
    store.subscribe((change) => this.#apply(change), { replay: true })
  }

  of(node: string): readonly KnownBlock[] {
    return [...(this.#byNode.get(node) ?? [])].flatMap((cidr) => this.byCidr.get(cidr) ?? [])
  }

  nodes(): Iterable<string> {
    return this.#byNode.keys()
  }

  /** Blocks that exist within the pool. */
  countIn(pool: Pool): number {
    const key = formatPrefix(pool.prefix)
    const known = this.#perPool.get(key)
    if (known !== undefined) return known
    let count = 0
    for (const { prefix } of this.byCidr.values()) if (prefixContains(pool.prefix, prefix)) count++
    this.#perPool.set(key, count)
    return count
  }

  /** Notes a block that was just made, before the informer says so: the next search must not find it free. */
  note(block: KnownBlock): void {
    if (!this.byCidr.has(formatPrefix(block.prefix))) this.#set(block)
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
    if (!this.byCidr.has(cidr)) this.#perPool.clear()
    this.byCidr.set(cidr, block)
    for (const node of nodesOf(block)) {
      const cidrs = this.#byNode.get(node) ?? new Set()
      this.#byNode.set(node, cidrs.add(cidr))
    }
  }

  #delete(block: KnownBlock): void {
    const cidr = formatPrefix(block.prefix)
    for (const node of nodesOf(this.byCidr.get(cidr) ?? block)) {
      const cidrs = this.#byNode.get(node)
      cidrs?.delete(cidr)
      if (cidrs?.size === 0) this.#byNode.delete(node)
    }
    this.byCidr.delete(cidr)
    this.#perPool.clear()
  }
}

function nodesOf(block: KnownBlock): Set<string> {
  const owner = hostOf(block.affinity)
  const nodes = new Set(block.used.keys())
  nodes.delete('')
  if (owner !== undefined) nodes.add(owner)
  return nodes
}
