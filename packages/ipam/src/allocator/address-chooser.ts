import {
  type Address,
  formatAddress,
  formatPrefix,
  ordinalOf,
  type Prefix,
  parseAddress,
  prefixContains,
  prefixOf,
} from '@manx/api'
import { hostAffinity } from '../block/block.ts'
import type { BlockWriter } from '../datastore/block-writer.ts'
import { IpamError } from '../ipam-error.ts'
import type { Pool, PoolUse } from '../pools/pool.ts'
import type { Wish } from './allocator.ts'
import type { ChosenBlock } from './block-chooser.ts'
import type { NodeBlocks } from './node-blocks.ts'
import type { AssignRequest } from './request.ts'
import type { ClusterView, IpamSettings } from './view.ts'

/** Serves requests for addresses that the user named. */
export class AddressChooser {
  readonly #node: string
  readonly #blocks: NodeBlocks
  readonly #view: ClusterView

  constructor(node: string, blocks: NodeBlocks, view: ClusterView) {
    this.#node = node
    this.#blocks = blocks
    this.#view = view
  }

  /** Throws when the address can never be had: it is none, or outside the pools. */
  async wish(text: string, request: AssignRequest): Promise<Wish> {
    const address = parseAddress(text)
    if (address === undefined) throw new IpamError('InvalidRequest', `"${text}" is not an IPv4 or IPv6 address`)
    const pool = containingPool(await this.#view.pools(), address, request.use ?? 'Workload')
    const prefix = await this.#blocks.blockOf(address, prefixOf(address, pool.blockLength), request.signal)
    return {
      family: address.family,
      ordinal: ordinalOf(prefix, address) ?? 0,
      choose: (tried) => this.#choose(address, pool, prefix, tried, request.signal),
    }
  }

  async #choose(
    address: Address,
    pool: Pool,
    prefix: Prefix,
    tried: ReadonlySet<BlockWriter>,
    signal?: AbortSignal,
  ): Promise<ChosenBlock> {
    const writer = await this.#writer(prefix, signal)
    if (tried.has(writer)) throw new IpamError('AddressInUse', `address ${formatAddress(address)} is in use`)
    const [settings, reservations] = await Promise.all([this.#view.settings(), this.#view.reservations()])
    const borrowed = writer.known?.affinity !== hostAffinity(this.#node)
    if (borrowed && settings.strictAffinity) throw this.#otherNode(address, prefix, writer, settings)
    return { writer, pool, borrowed, settings, reservations, done: () => undefined }
  }

  /** The block's writer, having seen the block as it is now; a block that nobody has becomes this node's. */
  async #writer(prefix: Prefix, signal?: AbortSignal): Promise<BlockWriter> {
    const writer = this.#blocks.writer(prefix)
    if (await writer.look()) return writer
    try {
      return await this.#blocks.claim(prefix, signal)
    } catch (error) {
      if (error instanceof IpamError && error.code === 'Reassigned' && (await writer.look())) return writer
      throw error
    }
  }

  #otherNode(address: Address, prefix: Prefix, writer: BlockWriter, { strictAffinity }: IpamSettings): IpamError {
    const owner = writer.known?.affinity ?? 'nobody'
    return new IpamError(
      'OtherNode',
      `address ${formatAddress(address)} is in block ${formatPrefix(prefix)} of ${owner}, not of node ${this.#node} (strictAffinity ${strictAffinity})`,
    )
  }
}

function containingPool(pools: readonly Pool[], address: Address, use: PoolUse): Pool {
  const containing = pools.filter(({ prefix }) => prefixContains(prefix, address))
  const pool = containing.find(({ closed, allowedUses }) => closed === undefined && allowedUses.has(use))
  if (pool !== undefined) return pool
  throw new IpamError('AddressOutsidePools', `no pool serves address ${formatAddress(address)}`, {
    pools: pools
      .filter(({ prefix }) => prefix.family === address.family)
      .map(({ name, prefix, closed }) => ({
        pool: name,
        reason: !prefixContains(prefix, address)
          ? `${formatPrefix(prefix)} does not contain it`
          : (closed ?? `allowedUses lacks ${use}`),
      })),
  })
}
