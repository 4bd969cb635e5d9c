import {
  addressAt,
  blockName,
  formatPrefix,
  ignoreNotFound,
  keyOf,
  type Logger,
  nodes,
  type Prefix,
  pods,
} from '@manx/api'
import { type Allocation, allocationsOf, cleanHandle } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { releaseAffinity } from '../datastore/affinities.ts'
import type { IpamClient } from '../datastore/object-store.ts'
import { type KnownPod, knownPod, mayUse } from './known-pod.ts'
import { type ReleaseContext, releaseAllocations } from './release-allocations.ts'

export interface ReleaseNodeContext extends ReleaseContext {
  readonly client: IpamClient
  readonly logger: Logger
}

/** `done`: nothing is left. `back`: the node is there again. `podsRemain`: pods of the node may still use their addresses. */
export type ReleaseOutcome = 'done' | 'back' | 'podsRemain'

/**
 * Gives back all that a node had which is no more: the addresses of its pods, in whoever's block, with their handles, then
 * its own blocks. Addresses that other nodes borrowed stay, and so do those of pods that still exist: a Node object may go
 * while kubelet and its containers run on; the blocks then stay too. Asks the API server before each step whether the node
 * is really gone, because an informer may be behind, and stops when it is back.
 */
export async function releaseNode(
  context: ReleaseNodeContext,
  node: string,
  concerned: readonly Prefix[],
  own: readonly Prefix[],
  signal: AbortSignal,
): Promise<ReleaseOutcome> {
  const known = await podsOf(context, node, signal)
  let remaining = 0
  for (const prefix of concerned) {
    const found = await allocationsIn(context, node, prefix, signal)
    const released = found.filter(({ ordinal, attributes: { owner, handle } }) => {
      const given = { node, address: addressAt(prefix, ordinal) }
      const held = handle === undefined ? given : { ...given, handle: cleanHandle(handle) }
      return !mayUse(known.get(`${owner.namespace}/${owner.pod}`), held)
    })
    remaining += found.length - released.length
    // Asked after the block was read: what a new node of this name takes from now on is none of these.
    if (!(await isGone(context, node, signal))) return 'back'
    if (released.length === 0) continue
    const addresses = await releaseAllocations(context, prefix, released, signal)
    const block = formatPrefix(prefix)
    context.logger.info('Released addresses of a node that is gone', { node, block, addresses })
  }
  if (remaining > 0) {
    context.logger.info('Keeps addresses of a node that is gone: their pods are not', { node, addresses: remaining })
    return 'podsRemain'
  }
  for (const prefix of own) {
    if (!(await isGone(context, node, signal))) return 'back'
    await releaseAffinity(context, node, prefix, { requireEmpty: false, signal })
    context.logger.info('Released the block of a node that is gone', { node, block: formatPrefix(prefix) })
  }
  return 'done'
}

async function isGone({ client }: ReleaseNodeContext, node: string, signal: AbortSignal): Promise<boolean> {
  return (await ignoreNotFound(client.get(nodes, node, { signal }))) === undefined
}

/** The node's pods by `namespace/name`, as they are now. */
async function podsOf(
  { client }: ReleaseNodeContext,
  node: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KnownPod>> {
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${node}`, signal })
  return new Map(items.map((pod) => [keyOf(pod), knownPod(pod)]))
}

async function allocationsIn(
  { blocks }: ReleaseNodeContext,
  node: string,
  prefix: Prefix,
  signal: AbortSignal,
): Promise<readonly Allocation[]> {
  const stored = await blocks.get(blockName(prefix), signal)
  if (stored === undefined) return []
  return allocationsOf(decodeBlock(stored.spec)).filter(({ attributes }) => attributes.owner.node === node)
}
