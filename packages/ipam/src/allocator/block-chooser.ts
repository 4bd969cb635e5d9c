import { addressBits, type Family, type Prefix, prefixContains } from '@manx/api'
import { collect } from '../block/collect.ts'
import type { BlockWriter } from '../datastore/block-writer.ts'
import { IpamError, type PoolFinding } from '../ipam-error.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import { choosePools } from '../pools/choose-pools.ts'
import type { Pool } from '../pools/pool.ts'
import type { Reservations } from '../pools/reservations.ts'
import type { NodeBlocks } from './node-blocks.ts'
import type { AssignRequest } from './request.ts'
import type { ClusterView, IpamSettings } from './view.ts'

/** A block that should have an address for the request. `done` must be called once, when that is decided. */
export interface ChosenBlock {
  readonly writer: BlockWriter
  readonly pool: Pool
  /** The block is another node's. */
  readonly borrowed: boolean
  readonly reservations: Reservations
  readonly settings: IpamSettings
  done(): void
}

/** Finds a block for each request: of this node's own, else a new one, else somebody else's. */
export class BlockChooser {
  readonly #node: string
  readonly #blocks: NodeBlocks
  readonly #view: ClusterView
  readonly #now: () => number
  readonly #mutex = new KeyedMutex()

  constructor(node: string, blocks: NodeBlocks, view: ClusterView, now: () => number) {
    this.#node = node
    this.#blocks = blocks
    this.#view = view
    this.#now = now
  }

  async choose(family: Family, request: AssignRequest, tried: ReadonlySet<BlockWriter>): Promise<ChosenBlock> {
    const [all, settings, nodeLabels, reservations] = await Promise.all([
      this.#view.pools(),
      this.#view.settings(),
      this.#view.nodeLabels(),
      this.#view.reservations(),
    ])
    const requested = family === 4 ? request.pools?.v4 : request.pools?.v6
    const { pools, findings } = choosePools(all, {
      family,
      use: request.use ?? 'Workload',
      nodeLabels,
      ...(request.namespaceLabels === undefined ? {} : { namespaceLabels: request.namespaceLabels }),
      ...(requested === undefined ? {} : { requested }),
    })
    if (pools.length === 0) {
      throw new IpamError('NoPool', `no IPv${family} pool serves node ${this.#node}`, { pools: findings })
    }
    const search: Search = { family, pools, findings, settings, reservations, tried }
    const own = this.#own(search)
    if (own !== undefined) return own
    // One at a time looks for more; those who waited find what the first one got.
    return this.#mutex.run(String(family), async () => this.#own(search) ?? (await this.#more(search, request.signal)))
  }

  #own(search: Search): ChosenBlock | undefined {
    for (const writer of this.#blocks.within(search.pools)) {
      if (search.tried.has(writer)) continue
      if (this.#free(writer, search) > writer.promised) return this.#promise(writer, false, search)
    }
    return undefined
  }

  async #more(search: Search, signal?: AbortSignal): Promise<ChosenBlock> {
    const { family, pools, findings, settings, reservations } = search
    await this.#blocks.refresh(family, signal)
    const own = this.#own(search)
    if (own !== undefined) return own
    const count = this.#blocks.count(family)
    if (count >= settings.maxBlocksPerHost) {
      throw new IpamError(
        'BlockLimit',
        `node ${this.#node} has ${count} IPv${family} blocks, as many as IPAMConfiguration default allows (maxBlocksPerHost), and none has a free address`,
        { pools: [...findings, ...pools.map(({ name }) => ({ pool: name, reason: "the node's blocks are full" }))] },
      )
    }
    let bar: IpamError | undefined
    if (settings.autoAllocateBlocks) {
      try {
        const writer = await this.#blocks.claimNew(pools, reservations, signal)
        if (writer !== undefined) return this.#promise(writer, false, search)
      } catch (error) {
        if (!(error instanceof IpamError) || error.code !== 'NameTaken') throw error
        bar = error
      }
    }
    if (!settings.strictAffinity) {
      const writer = await this.#borrow(search)
      if (writer !== undefined) return this.#promise(writer, true, search)
    }
    if (bar !== undefined) throw bar
    throw new IpamError('Exhausted', `no IPv${family} address is left for node ${this.#node}`, {
      pools: [...findings, ...pools.map(({ name }) => ({ pool: name, reason: whyNone(settings) }))],
    })
  }

  async #borrow(search: Search): Promise<BlockWriter | undefined> {
    const blocks = await this.#blocks.foreign(search.pools, search.reservations)
    const usable = blocks
      .map((block) => ({ block, writer: this.#blocks.writer(block.prefix) }))
      .filter(({ block, writer }) => !search.tried.has(writer) && block.free > writer.promised)
    // At random, so that nodes in need do not all queue for the same block.
    return usable[Math.floor(Math.random() * usable.length)]?.writer
  }

  #free(writer: BlockWriter, search: Search): number {
    if (writer.known === undefined) return 0
    const block = collect(writer.known, this.#now(), search.settings.cooldownSeconds, this.#node)
    const reserved = search.reservations.within(writer.prefix)
    return block.unallocated.filter((ordinal) => !reserved(ordinal)).length
  }

  #promise(writer: BlockWriter, borrowed: boolean, search: Search): ChosenBlock {
    const { reservations, settings } = search
    const pool = poolOf(search.pools, writer.prefix)
    writer.promised++
    let open = true
    const done = () => {
      if (open) writer.promised--
      open = false
    }
    return { writer, pool, borrowed, reservations, settings, done }
  }
}

interface Search {
  readonly family: Family
  readonly pools: readonly Pool[]
  readonly findings: readonly PoolFinding[]
  readonly settings: IpamSettings
  readonly reservations: Reservations
  /** Blocks that disappointed this request already. */
  readonly tried: ReadonlySet<BlockWriter>
}

function poolOf(pools: readonly Pool[], block: Prefix): Pool {
  const pool = pools.find(({ prefix }) => prefixContains(prefix, block))
  if (pool === undefined) throw new Error(`block of /${block.length} of ${addressBits(block.family)} bits in no pool`)
  return pool
}

function whyNone(settings: IpamSettings): string {
  const claim = settings.autoAllocateBlocks ? 'has no free block' : 'autoAllocateBlocks is false'
  return settings.strictAffinity ? `${claim}, and strictAffinity forbids to borrow` : `${claim} and no free address`
}
