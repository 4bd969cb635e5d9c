import type { Prefix } from '@manx/api'

/** Who holds an address. `handle_id` and the `secondary` keys are Calico's stored spelling. */
export interface AllocationAttributes {
  readonly handle?: string
  /** Stored as `secondary`: pod, namespace, node, timestamp, type, … */
  readonly owner: Readonly<Record<string, string>>
  /** A second owner while a virtual machine moves between nodes; kept as found. */
  readonly alternateOwner?: Readonly<Record<string, string>>
  /** Set while the address cools down after its release (RFC 3339, whole seconds). */
  readonly releasedAt?: string
}

/** A block of addresses with its allocations; an ordinal is an address's place within the block, from 0. */
export interface Block {
  readonly prefix: Prefix
  /** `host:<node>` or `virtual:load-balancer`; absent when nobody owns the block. */
  readonly affinity?: string
  readonly claimTime?: string
  /** By ordinal: index into `attributes`, or null when free. */
  readonly allocations: readonly (number | null)[]
  /** Free ordinals, first in first out, so that an address rests as long as possible before it is used again. */
  readonly unallocated: readonly number[]
  readonly attributes: readonly AllocationAttributes[]
  /** Grows with every write, see `countWrite`. An int64, which a JavaScript number cannot hold exactly. */
  readonly sequenceNumber: bigint
  /** By ordinal: the block's sequence number when the ordinal was last assigned or released. */
  readonly sequenceNumbers: ReadonlyMap<number, bigint>
}

/** One address in use. */
export interface Allocation {
  readonly ordinal: number
  readonly attributes: AllocationAttributes
  /** Hand it to a release to be sure that the address was not given to somebody else meanwhile. */
  readonly sequenceNumber: bigint
}

/** Handle of ordinals that no workload holds but that must not be handed out: Calico's tools know and skip it. */
export const reservedHandle = 'windows-reserved-ipam-handle'

export const hostAffinity = (node: string): string => `host:${node}`

/** The node that owns the block, or undefined for a virtual or no owner. */
export function hostOf(affinity: string | undefined): string | undefined {
  return affinity?.startsWith('host:') === true ? affinity.slice('host:'.length) : undefined
}

/** True when `node` writes as a guest: another node, or a load balancer, owns the block. */
export function isForeign({ affinity }: Pick<Block, 'affinity'>, node: string): boolean {
  return affinity !== undefined && affinity !== hostAffinity(node)
}

/** Addresses in use, without those that cool down. */
export function allocationsOf(block: Block): Allocation[] {
  const found: Allocation[] = []
  for (const [ordinal, index] of block.allocations.entries()) {
    const attributes = index === null ? undefined : block.attributes[index]
    if (attributes === undefined || attributes.releasedAt !== undefined) continue
    found.push({ ordinal, attributes, sequenceNumber: block.sequenceNumbers.get(ordinal) ?? 0n })
  }
  return found
}

/** True when no workload holds an address; reserved and cooling ordinals do not count. */
export function isEmpty(block: Block): boolean {
  return allocationsOf(block).every(({ attributes }) => attributes.handle?.toLowerCase() === reservedHandle)
}

/** Handles written by a migration from host-local may end in a carriage return and rubbish. */
export const cleanHandle = (handle: string): string => handle.split('\r')[0] ?? ''
