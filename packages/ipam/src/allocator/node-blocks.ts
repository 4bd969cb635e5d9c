import {
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
import { hostAffinity, hostOf, isEmpty } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { type AffinityStores, claimBlock, isConfirmed, releaseAffinity } from '../datastore/affinities.ts'
import { BlockWriter } from '../datastore/block-writer.ts'
import { IpamError } from '../ipam-error.ts'
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

/** The blocks that this node owns, each with its one writer, and the ways to more. */
export class NodeBlocks {
  readonly #options: NodeBlocksOptions
  readonly #owned = new Map<string, BlockWriter>()
  readonly #others = new Map<string, BlockWriter>()

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

  /** The writer of a block, whoever owns it; the same one each time. */
  writer(prefix: Prefix): BlockWriter {
    const text = formatPrefix(prefix)
    const known = this.#owned.get(text) ?? this.#others.get(text)
    if (known !== undefined) return known
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

  /** Makes this very block the node's own. */
  async claim(prefix: Prefix, signal?: AbortSignal): Promise<BlockWriter> {
    const { stores, node, now } = this.#options
    return this.#own(prefix, await claimBlock(stores, node, prefix, now, signal))
  }

  /** Makes a new block of the pools the node's own, one that nobody has or an idle one of another node; undefined when there is none. */
  async claimNew(
    pools: readonly Pool[],
    reservations: Reservations,
    signal?: AbortSignal,
  ): Promise<BlockWriter | undefined> {
    const { stores, node, now } = this.#options
    const affinity = hostAffinity(node)
    // Everybody looks at the same free blocks, so a few tries may meet others that were faster.
    for (let tries = 0; tries < 20; tries++) {
      const existing = await this.#existing(pools, reservations, signal)
      const found = findBlock({
        pools,
        affinity,
        known: new Set(this.#owned.keys()),
        existing,
        reservations,
        now: now(),
      })
      const prefix = found.kind === 'claim' ? found.prefix : await this.#takeOver(found.blocks, signal)
      if (prefix === undefined) return undefined
      try {
        return this.#own(prefix, await claimBlock(stores, node, prefix, now, signal))
      } catch (error) {
        if (!(error instanceof IpamError) || error.code !== 'Reassigned') throw error
      }
    }
    throw new IpamError('Contention', `node ${node} lost every race for a new block`)
  }

  /** Blocks of other nodes in the pools that have free addresses. */
  async foreign(
    pools: readonly Pool[],
    reservations: Reservations,
    signal?: AbortSignal,
  ): Promise<readonly BlockSummary[]> {
    const own = hostAffinity(this.#options.node)
    const existing = await this.#existing(pools, reservations, signal)
    return [...existing.values()].filter(({ free, affinity }) => free > 0 && affinity !== own)
  }

  async #existing(
    pools: readonly Pool[],
    reservations: Reservations,
    signal?: AbortSignal,
  ): Promise<Map<string, BlockSummary>> {
    const blocks = new Map<string, BlockSummary>()
    for (const stored of await this.#options.stores.blocks.list({}, signal)) {
      const block = summarise(stored, reservations)
      if (block !== undefined && pools.some(({ prefix }) => prefixContains(prefix, block.prefix))) {
        blocks.set(formatPrefix(block.prefix), block)
      }
    }
    return blocks
  }

  async #takeOver(blocks: readonly BlockSummary[], signal?: AbortSignal): Promise<Prefix | undefined> {
    const { stores } = this.#options
    for (const { prefix, affinity, sequenceNumber } of blocks) {
      const owner = hostOf(affinity)
      try {
        const options = { requireEmpty: true, sequenceNumber, ...(signal === undefined ? {} : { signal }) }
        if (owner !== undefined) {
          await releaseAffinity(stores, owner, prefix, options)
          return prefix
        }
        const stored = affinity === undefined ? await stores.blocks.get(blockName(prefix), signal) : undefined
        if (stored !== undefined && isEmpty(decodeBlock(stored.spec))) {
          await stores.blocks.remove(stored, signal)
          return prefix
        }
      } catch {
        signal?.throwIfAborted()
        // Used or taken meanwhile: the next one.
      }
    }
    return undefined
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
    const { stores, cooldownSeconds, now } = this.#options
    return new BlockWriter({ prefix, blocks: stores.blocks, cooldownSeconds, now })
  }
}

function ownPrefix(affinity: BlockAffinity, node: string): Prefix | undefined {
  return affinity.spec.node === node && isConfirmed(affinity.spec) ? parsePrefix(affinity.spec.cidr) : undefined
}
