import {
  type Address,
  addressBits,
  blockName,
  formatAddress,
  formatPrefix,
  type IPAMBlock,
  ordinalOf,
  type Prefix,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixOf,
} from '@manx/api'
import { type Released, release, releaseHandle } from '../block/release.ts'
import { BlockGone, type BlockWriter } from '../datastore/block-writer.ts'
import type { Handles } from '../datastore/handles.ts'
import type { ObjectStore } from '../datastore/object-store.ts'
import { IpamError } from '../ipam-error.ts'
import { blockLengths } from '../names.ts'
import type { ClusterView } from './view.ts'

/** One address to give back; handle and sequence number guard against one that was given to somebody else meanwhile. */
export interface AddressRelease {
  readonly address: string
  readonly handle?: string
  readonly sequenceNumber?: bigint
}

export interface ReleaserOptions {
  readonly node: string
  readonly view: ClusterView
  readonly blocks: ObjectStore<IPAMBlock>
  readonly handles: Handles
  readonly writer: (prefix: Prefix) => BlockWriter
  readonly now: () => number
}

/** Gives addresses back. The block is written first and the handle after it, see Handles. */
export class Releaser {
  readonly #options: ReleaserOptions

  constructor(options: ReleaserOptions) {
    this.#options = options
  }

  /** Everything that the handle holds; an unknown handle holds nothing. Returns how many addresses were given back. */
  async byHandle(handle: string, signal?: AbortSignal): Promise<number> {
    const { node, handles, view, now } = this.#options
    const read = await handles.get(handle, signal)
    if (read === undefined) return 0
    const { cooldownSeconds } = await view.settings()
    const counts = await Promise.all(
      Object.keys(read.spec.block).map(async (cidr) => {
        const prefix = parsePrefix(cidr)
        if (prefix === undefined) return 0
        const released = await this.#edit(prefix, (block) =>
          releaseHandle(block, handle, { now: now(), cooldownSeconds, writer: node }),
        )
        return released?.counts.get(handle) ?? 0
      }),
    )
    // All of what was counted goes, also what a crash left counted but not assigned.
    await handles.clear(read, signal)
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** All or none of each block. Returns the addresses that nobody held. */
  async addresses(requests: readonly AddressRelease[], signal?: AbortSignal): Promise<string[]> {
    const { node, view, now, handles } = this.#options
    const { cooldownSeconds } = await view.settings()
    const unknown: string[] = []
    const perBlock = new Map<string, { prefix: Prefix; requests: (AddressRelease & { ordinal: number })[] }>()
    for (const request of requests) {
      const address = parseAddress(request.address)
      if (address === undefined) throw new IpamError('InvalidRequest', `"${request.address}" is not an address`)
      const prefix = await this.#blockOf(address, signal)
      if (prefix === undefined) {
        unknown.push(formatAddress(address))
        continue
      }
      const group = perBlock.get(formatPrefix(prefix)) ?? { prefix, requests: [] }
      group.requests.push({ ...request, ordinal: ordinalOf(prefix, address) ?? 0 })
      perBlock.set(formatPrefix(prefix), group)
    }
    await Promise.all(
      [...perBlock].map(async ([cidr, group]) => {
        const released = await this.#edit(group.prefix, (block) =>
          release(block, group.requests, { now: now(), cooldownSeconds, writer: node }),
        )
        const missing = new Set(released?.unknown ?? group.requests.map(({ ordinal }) => ordinal))
        for (const { ordinal, address } of group.requests) if (missing.has(ordinal)) unknown.push(address)
        const changes = [...(released?.counts ?? [])]
        await Promise.all(changes.map(([handle, count]) => handles.change(handle, { [cidr]: -count }, signal)))
      }),
    )
    return unknown
  }

  async #edit(prefix: Prefix, edit: (block: Parameters<typeof release>[0]) => Released): Promise<Released | undefined> {
    try {
      return await this.#options.writer(prefix).submit((block) => {
        const result = edit(block)
        return { block: result.block, result }
      })
    } catch (error) {
      if (error instanceof BlockGone) return undefined
      throw error
    }
  }

  /** The pools say how long blocks are; where the pool is gone or was another one, every possible length is tried. */
  async #blockOf(address: Address, signal?: AbortSignal): Promise<Prefix | undefined> {
    const pools = await this.#options.view.pools()
    const pool = pools.find(({ prefix }) => prefixContains(prefix, address))
    const { least, most } = blockLengths[address.family]
    const lengths = Array.from({ length: most - least + 1 }, (_, index) => least + index)
    const likely = pool === undefined ? [] : [pool.blockLength]
    for (const length of new Set([...likely, ...lengths])) {
      const prefix = prefixOf(address, Math.min(length, addressBits(address.family)))
      if ((await this.#options.blocks.get(blockName(prefix), signal)) !== undefined) return prefix
    }
    return undefined
  }
}
