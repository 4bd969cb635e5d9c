import {
  addressAt,
  type BlockAffinity,
  blockName,
  formatPrefix,
  type IPAMBlock,
  ignoreNotFound,
  type Logger,
  nodes,
  type Pod,
  type Prefix,
  parseAddress,
  pods,
  sameAddress,
} from '@manx/api'
import { type Allocation, allocationsOf } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
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
    const released = found.filter((allocation) => !isUsed(prefix, allocation, known))
    remaining += found.length - released.length
    // Asked after the block was read: what a new node of this name takes from now on is none of these.
    if (!(await isGone(context, node, signal))) return 'back'
    if (released.length > 0) await releaseAddresses(context, node, prefix, released, signal)
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
): Promise<ReadonlyMap<string, Pod>> {
  const { items } = await client.list(pods, { fieldSelector: `spec.nodeName=${node}`, signal })
  return new Map(items.map((pod) => [`${pod.metadata.namespace}/${pod.metadata.name}`, pod]))
}

function isUsed(block: Prefix, { ordinal, attributes }: Allocation, known: ReadonlyMap<string, Pod>): boolean {
  const { namespace, pod: name } = attributes.owner
  const pod = known.get(`${namespace}/${name}`)
  if (pod === undefined || (pod.status?.phase === 'Failed' && pod.status.reason === 'Evicted')) return false
  const noted = (pod.metadata.annotations?.['cni.projectcalico.org/podIPs'] ?? '')
    .split(',')
    .map((text) => text.split('/')[0] ?? '')
  const addresses = [...(pod.status?.podIPs ?? []).map(({ ip }) => ip), ...noted].flatMap(
    (ip) => parseAddress(ip) ?? [],
  )
  const address = addressAt(block, ordinal)
  // Before it is known what the pod has, it may be this one.
  return addresses.length === 0 || address === undefined || addresses.some((one) => sameAddress(one, address))
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

async function releaseAddresses(
  context: ReleaseNodeContext,
  node: string,
  prefix: Prefix,
  allocations: readonly Allocation[],
  signal: AbortSignal,
): Promise<void> {
  const { blocks, now, cooldownSeconds, handles, logger } = context
  const writer = new BlockWriter({ prefix, blocks, now, cooldownSeconds: () => cooldownSeconds })
  const since = new Map(allocations.map(({ ordinal, sequenceNumber }) => [ordinal, sequenceNumber]))
  try {
    const counts = await writer.submit((block) => {
      const requests = allocationsOf(block)
        .filter(({ ordinal, sequenceNumber }) => since.get(ordinal) === sequenceNumber)
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
