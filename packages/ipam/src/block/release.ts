import { IpamError } from '../ipam-error.ts'
import { occupy } from './assign.ts'
import { allocationsOf, type Block, cleanHandle, isForeign } from './block.ts'
import { collect } from './collect.ts'
import { rfc3339 } from './new-block.ts'

/** One address to give back. Handle and sequence number, when given, must still be what the block says. */
export interface ReleaseRequest {
  readonly ordinal: number
  readonly handle?: string
  readonly sequenceNumber?: bigint
}

export interface ReleaseOptions {
  readonly now: number
  readonly cooldownSeconds: number
  /** The node that writes; absent: one that may write everything. */
  readonly writer?: string
}

export interface Released {
  readonly block: Block
  /** Addresses given back per handle, for the handles' counts. */
  readonly counts: ReadonlyMap<string, number>
  /** Ordinals that nobody held. */
  readonly unknown: readonly number[]
}

/** Gives addresses back, all or none: one that was meanwhile given to somebody else fails the whole call. */
export function release(block: Block, requests: readonly ReleaseRequest[], options: ReleaseOptions): Released {
  const held = new Map(allocationsOf(block).map((allocation) => [allocation.ordinal, allocation]))
  const counts = new Map<string, number>()
  const unknown: number[] = []
  const ordinals = new Set<number>()
  for (const request of requests) {
    const allocation = held.get(request.ordinal)
    if (allocation === undefined) {
      unknown.push(request.ordinal)
      continue
    }
    const handle = allocation.attributes.handle === undefined ? undefined : cleanHandle(allocation.attributes.handle)
    const sameHolder = request.handle === undefined || request.handle === handle
    const sameTime = request.sequenceNumber === undefined || request.sequenceNumber === allocation.sequenceNumber
    if (!sameHolder || !sameTime) {
      throw new IpamError(
        'Reassigned',
        `the address at place ${request.ordinal} is held by ${handle ?? 'no handle'} since ${allocation.sequenceNumber}, not by ${request.handle ?? 'the one'} of ${request.sequenceNumber ?? 'any time'}`,
      )
    }
    if (handle !== undefined && !ordinals.has(request.ordinal)) counts.set(handle, (counts.get(handle) ?? 0) + 1)
    ordinals.add(request.ordinal)
  }
  if (ordinals.size === 0) return { block, counts, unknown }
  const { now, cooldownSeconds, writer } = options
  // In another node's block the resting address says whose it was, so that the guest may also collect it.
  const owner: Readonly<Record<string, string>> =
    writer !== undefined && isForeign(block, writer) ? { node: writer } : {}
  const cooling = occupy(block, [...ordinals], { owner, releasedAt: rfc3339(now) })
  return { block: collect(cooling, now, cooldownSeconds, writer), counts, unknown }
}

/** Gives back every address of a handle. */
export function releaseHandle(block: Block, handle: string, options: ReleaseOptions): Released {
  const requests = allocationsOf(block)
    .filter(({ attributes }) => attributes.handle !== undefined && cleanHandle(attributes.handle) === handle)
    .map(({ ordinal }) => ({ ordinal }))
  return release(block, requests, options)
}
