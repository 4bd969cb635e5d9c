import { type BlockAffinity, formatPrefix, type IPAMBlock, type Prefix } from '@manx/api'
import { allocationsOf } from '../block/block.ts'
import { release } from '../block/release.ts'
import { BlockGone, BlockWriter } from '../datastore/block-writer.ts'
import type { Handles } from '../datastore/handles.ts'
import type { ObjectStore } from '../datastore/object-store.ts'

export interface IpamObjects {
  readonly blocks: ObjectStore<IPAMBlock>
  readonly affinities: ObjectStore<BlockAffinity>
  readonly handles: Handles
}

export interface ReleaseContext extends IpamObjects {
  readonly cooldownSeconds: number
  readonly now: () => number
}

/** An address as it was seen: whoever has it since another write has another one. */
export interface SeenAllocation {
  readonly ordinal: number
  readonly sequenceNumber: bigint
}

/**
 * Gives addresses of one block back, those that nobody was given meanwhile, with their handles' counts. Returns how many
 * that were.
 */
export async function releaseAllocations(
  context: ReleaseContext,
  prefix: Prefix,
  allocations: readonly SeenAllocation[],
  signal: AbortSignal,
): Promise<number> {
  const { blocks, now, cooldownSeconds, handles } = context
  const writer = new BlockWriter({ prefix, blocks, now, cooldownSeconds: () => cooldownSeconds })
  const since = new Map(allocations.map(({ ordinal, sequenceNumber }) => [ordinal, sequenceNumber]))
  try {
    const { counts, released } = await writer.submit((block) => {
      const requests = allocationsOf(block)
        .filter(({ ordinal, sequenceNumber }) => since.get(ordinal) === sequenceNumber)
        .map(({ ordinal, sequenceNumber }) => ({ ordinal, sequenceNumber }))
      const changed = release(block, requests, { now: now(), cooldownSeconds })
      return { block: changed.block, result: { counts: changed.counts, released: requests.length } }
    })
    const cidr = formatPrefix(prefix)
    // A few at a time: a node may have had hundreds of pods.
    const remaining = [...counts]
    while (remaining.length > 0) {
      const some = remaining.splice(0, 8)
      await Promise.all(some.map(([handle, count]) => handles.change(handle, { [cidr]: -count }, signal)))
    }
    return released
  } catch (error) {
    if (!(error instanceof BlockGone)) throw error
    return 0
  }
}
