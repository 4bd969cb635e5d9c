import {
  type BlockAffinity,
  formatPrefix,
  type IPAMBlock,
  ignoreNotFound,
  type Logger,
  nodes,
  type Prefix,
} from '@manx/api'
import { allocationsOf } from '../block/block.ts'
import { release } from '../block/release.ts'
import { releaseAffinity } from '../datastore/affinities.ts'
import { BlockGone, BlockWriter } from '../datastore/block-writer.ts'
import type { Handles } from '../datastore/handles.ts'
import type { IpamClient, ObjectStore } from '../datastore/object-store.ts'

export interface ReleaseNodeContext {
  readonly client: IpamClient
  readonly blocks: ObjectStore<IPAMBlock>
  readonly affinities: ObjectStore<BlockAffinity>
  readonly handles: Handles
  readonly cooldownSeconds: number
  readonly now: () => number
  readonly logger: Logger
}

/**
 * Gives back all that a node had which is no more: the addresses of its pods, in whoever's block, with their handles, then
 * its own blocks. Addresses that other nodes borrowed stay. Asks the API server before each step whether the node is
 * really gone, because an informer may be behind; stops when it is back. Returns false then.
 */
export async function releaseNode(
  context: ReleaseNodeContext,
  node: string,
  concerned: readonly Prefix[],
  own: readonly Prefix[],
  signal: AbortSignal,
): Promise<boolean> {
  for (const prefix of concerned) {
    if (!(await isGone(context, node, signal))) return false
    await releaseAddresses(context, node, prefix, signal)
  }
  for (const prefix of own) {
    if (!(await isGone(context, node, signal))) return false
    await releaseAffinity(context, node, prefix, { requireEmpty: false, signal })
    context.logger.info('Released the block of a node that is gone', { node, block: formatPrefix(prefix) })
  }
  return true
}

async function isGone({ client }: ReleaseNodeContext, node: string, signal: AbortSignal): Promise<boolean> {
  return (await ignoreNotFound(client.get(nodes, node, { signal }))) === undefined
}

async function releaseAddresses(
  context: ReleaseNodeContext,
  node: string,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<void> {
  const { blocks, now, cooldownSeconds, handles, logger } = context
  const writer = new BlockWriter({ prefix, blocks, now, cooldownSeconds: () => cooldownSeconds })
  try {
    const counts = await writer.submit((block) => {
      const requests = allocationsOf(block)
        .filter(({ attributes }) => attributes.owner.node === node)
        .map(({ ordinal, sequenceNumber }) => ({ ordinal, sequenceNumber }))
      const released = release(block, requests, { now: now(), cooldownSeconds })
      return { block: released.block, result: released.counts }
    })
    const cidr = formatPrefix(prefix)
    // A few at a time: a node may have had hundreds of pods.
    const remaining = [...counts]
    while (remaining.length > 0) {
      const some = remaining.splice(0, 8)
      await Promise.all(some.map(([handle, count]) => handles.change(handle, { [cidr]: -count }, signal)))
    }
    if (counts.size > 0) {
      logger.info('Released addresses of a node that is gone', { node, block: cidr, handles: counts.size })
    }
  } catch (error) {
    if (!(error instanceof BlockGone)) throw error
  }
}
