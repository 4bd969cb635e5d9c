import {
  type Address,
  affinityLabels,
  type BlockAffinity,
  blockName,
  comparePrefixes,
  type Family,
  formatPrefix,
  hostnameHash,
  type IPAMBlock,
  type Prefix,
  parsePrefix,
  prefixContains,
} from '@manx/api'
import { hostAffinity } from '../block/block.ts'
import { type AffinityStores, claimBlock, crossingBlock, isConfirmed } from '../datastore/affinities.ts'
import { BlockWriter } from '../datastore/block-writer.ts'
import { IpamError } from '../ipam-error.ts'
import { BlockSpace } from '../pools/block-space.ts'
import { type BlockSummary, findBlock } from '../pools/find-block.ts'
import type { Pool } from '../pools/pool.ts'
import type { Reservations } from '../pools/reservations.ts'
import { summarise } from '../pools/summarise.ts'

export interface NodeBlocksOptions {
  readonly node: string
  readonly stores: AffinityStores
  readonly cooldownSeconds: () => number
  readonly now: () => number
}

/** How long one look at all blocks serves those that come next; who finds it out of date looks anew. */
const listingAge = 3000
/** Writers of blocks of others beyond which idle ones are forgotten. */
const mostOthers = 32
/** Everybody looks at the same free blocks, so a few tries may meet others that were faster. */
const mostTries = 20

interface Listing {
  readonly at: number
  readonly blocks: Promise<BlockSpace<BlockSummary>>
}

/** The blocks that this node owns, each with its one writer, and the ways to more. */
export class NodeBlocks {
  readonly #options: NodeBlocksOptions
  readonly #owned = new Map<string, BlockWriter>()
  readonly #others = new Map<string, BlockWriter>()
  #listing: Listing | undefined

  constructor(options: NodeBlocksOptions) {
    this.#options = options
  }

  /** The known blocks inside any of the pools, in the order of the pools, then by address: one fills before the next. */
  within(pools: readonly Pool[]): readonly BlockWriter[] {
    const sorted = [...this.#owned.values()].sort((a, b) => comparePrefixes(a.prefix, b.prefix))
    return pools.flatMap((pool) => sorted.filter(({ prefix }) => prefixContains(pool.prefix, prefix)))
  }

  count(family: Family): number {
    return [...this.#owned.values()].filter(({ prefix }) => prefix.family === family).length
  }

  /** The writer of a block, whoever owns it; the same one each time while it is in use. */
  writer(prefix: Prefix): BlockWriter {
    const text = formatPrefix(prefix)
    const known = this.#owned.get(text) ?? this.#others.get(text)
    if (known !== undefined) return known
    if (this.#others.size >= mostOthers) {
      for (const [other, { isIdle }] of this.#others) if (isIdle) this.#others.delete(other)
    }
    const writer = this.#newWriter(prefix)
    this.#others.set(text, writer)
    return writer
  }

  /** The block is another node's now. Its writer stays: edits may be on their way through it. */
  forget(prefix: Prefix): void {
    const writer = this.#owned.get(formatPrefix(prefix))
    if (writer === undefined) return
    this.#owned.delete(formatPrefix(prefix))
    this.#others.set(formatPrefix(prefix), writer)
  }

  /** Reads anew which blocks of the family are this node's: the controller may have given some, or taken back. */
  async refresh(family: Family, signal?: AbortSignal): Promise<void> {
    const { stores, node } = this.#options
    const labels = [
      `${affinityLabels.hostnameHash}=${hostnameHash(node)}`,
      `${affinityLabels.affinityType}=host`,
      `${affinityLabels.ipVersion}=${family}`,
    ].join(',')
    const affinities = await stores.affinities.list({ labelSelector: labels }, signal)
    const current = new Map<string, Prefix>()
    for (const affinity of affinities) {
      const prefix = ownPrefix(affinity, node)
      if (prefix !== undefined) current.set(formatPrefix(prefix), prefix)
    }
    for (const { prefix } of this.#owned.values()) {
      if (prefix.family === family && !current.has(formatPrefix(prefix))) this.forget(prefix)
    }
    await Promise.all(
      [...current.values()].map(async (prefix) => {
        const stored = await stores.blocks.get(blockName(prefix), signal)
        if (stored?.spec.affinity === hostAffinity(node)) this.#own(prefix, stored)
        else this.forget(prefix)
      }),
    )
  }

  /** Makes this very block the node's own; throws `Reassigned` when it overlaps another one. */
  async claim(prefix: Prefix, signal?: AbortSignal): Promise<BlockWriter> {
    const { stores, node, now } = this.#options
    const crossing = await crossingBlock(stores.blocks)(prefix, signal)
    if (crossing !== undefined) {
      throw new IpamError('Reassigned', `block ${formatPrefix(prefix)} overlaps block ${formatPrefix(crossing)}`)
    }
    return this.#own(prefix, await claimBlock(stores, node, prefix, now, signal))
  }

  /** The block that has the address, of whatever length: the one that blocks of the pool have, where there is one. */
  async blockOf(address: Address, usual: Prefix, signal?: AbortSignal): Promise<Prefix> {
    const { blocks } = this.#options.stores
    if ((await blocks.get(blockName(usual), signal)) !== undefined) return usual
    const stored = (await blocks.list({}, signal)).map(({ spec }) => parsePrefix(spec.cidr))
    return stored.find((block) => block !== undefined && prefixContains(block, address)) ?? usual
  }

  /**
   * Makes a block that nobody has the node's own; undefined when the pools have none. Throws `NameTaken` when there are
   * some, but under the names of their claims is something else.
   */
  async claimNew(
    pools: readonly Pool[],
    reservations: Reservations,
    signal?: AbortSignal,
  ): Promise<BlockWriter | undefined> {
    const { stores, node, now } = this.#options
    const affinity = hostAffinity(node)
    // What turned out to be taken, or cannot be claimed, also where it is malformed.
    const barred = new BlockSpace<{ readonly prefix: Prefix }>()
    let bar: IpamError | undefined
    for (let tries = 0; tries < mostTries; tries++) {
      const existing = await this.#existing(reservations)
      const found = findBlock({
        pools,
        affinity,
        known: new Set(this.#owned.keys()),
        existing,
        reservations,
        barred,
        now: now(),
      })
      // The controller gives the idle blocks of other nodes to those that find none.
      if (found.kind === 'reclaim') {
        if (bar !== undefined) throw bar
        return undefined
      }
      try {
        const stored = await claimBlock(stores, node, found.prefix, now, signal)
        const summary = summarise(stored, reservations)
        if (summary !== undefined) existing.set(summary)
        return this.#own(found.prefix, stored)
      } catch (error) {
        if (!(error instanceof IpamError)) throw error
        if (error.code === 'NameTaken') bar = error
        else if (error.code === 'Reassigned') this.#listing = undefined
        else throw error
        barred.set({ prefix: found.prefix })
      }
    }
    throw bar ?? new IpamError('Contention', `node ${node} found no block that could be claimed in ${mostTries} tries`)
  }

  /** Blocks of other nodes in the pools that have free addresses. */
  async foreign(pools: readonly Pool[], reservations: Reservations): Promise<readonly BlockSummary[]> {
    const own = hostAffinity(this.#options.node)
    const existing = await this.#existing(reservations)
    return [...existing.values()].filter(
      ({ prefix, free, affinity }) =>
        free > 0 &&
        affinity !== own &&
        pools.some((pool) => prefixContains(pool.prefix, prefix)) &&
        // One of the two is about to go: a claim that met another block.
        !existing.crosses(prefix),
    )
  }

  /**
   * All blocks, read once for all who ask within a few seconds: where space runs out, every pod asks. Without a signal,
   * because one request that is given up must not fail the others.
   */
  #existing(reservations: Reservations): Promise<BlockSpace<BlockSummary>> {
    if (this.#listing !== undefined && Date.now() - this.#listing.at < listingAge) return this.#listing.blocks
    const blocks = this.#list(reservations)
    const listing = { at: Date.now(), blocks }
    this.#listing = listing
    blocks.catch(() => {
      if (this.#listing === listing) this.#listing = undefined
    })
    return blocks
  }

  async #list(reservations: Reservations): Promise<BlockSpace<BlockSummary>> {
    const existing = new BlockSpace<BlockSummary>()
    for (const stored of await this.#options.stores.blocks.list({})) {
      const block = summarise(stored, reservations)
      if (block !== undefined) existing.set(block)
    }
    return existing
  }

  #own(prefix: Prefix, stored: IPAMBlock): BlockWriter {
    const text = formatPrefix(prefix)
    const writer = this.writer(prefix)
    writer.offer(stored)
    this.#others.delete(text)
    this.#owned.set(text, writer)
    return writer
  }

  #newWriter(prefix: Prefix): BlockWriter {
    const { stores, node, cooldownSeconds, now } = this.#options
    return new BlockWriter({ prefix, node, blocks: stores.blocks, cooldownSeconds, now })
  }
}

function ownPrefix(affinity: BlockAffinity, node: string): Prefix | undefined {
  return affinity.spec.node === node && isConfirmed(affinity.spec) ? parsePrefix(affinity.spec.cidr) : undefined
}
