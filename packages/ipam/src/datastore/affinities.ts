import {
  type BlockAffinity,
  blockAffinityLabels,
  blockAffinityName,
  blockName,
  formatPrefix,
  type IPAMBlock,
  type New,
  type Prefix,
} from '@manx/api'
import { type Block, hostAffinity, isEmpty } from '../block/block.ts'
import { decodeBlock, encodeBlock } from '../block/codec.ts'
import { newBlock } from '../block/new-block.ts'
import { countWrite } from '../block/sequence-number.ts'
import { IpamError } from '../ipam-error.ts'
import type { ObjectStore } from './object-store.ts'
import { isTaken, retryConflicts } from './retry.ts'

export interface AffinityStores {
  readonly blocks: ObjectStore<IPAMBlock>
  readonly affinities: ObjectStore<BlockAffinity>
}

export interface ReleaseAffinityOptions {
  /** Refuse (`NotEmpty`) when a workload holds an address of the block. */
  readonly requireEmpty: boolean
  /** Refuse (`Reassigned`) when the block was written since it had this number. */
  readonly sequenceNumber?: bigint
  readonly signal?: AbortSignal
}

/**
 * Makes a block the node's own: affinity `pending`, then the block, then affinity `confirmed`, so that a crash at any
 * point leaves something that the next claim finishes and nobody announces a block that is not theirs. Returns the
 * stored block, made now or by an earlier try; throws `Reassigned` when another node has it.
 */
export async function claimBlock(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  now: () => number,
  signal?: AbortSignal,
): Promise<IPAMBlock> {
  await setState(stores, node, prefix, 'pending', signal)
  const stored = await createBlock(stores, node, prefix, now(), signal)
  if (stored.spec.affinity !== hostAffinity(node)) {
    await removeAffinity(stores, node, prefix, signal)
    throw new IpamError(
      'Reassigned',
      `block ${formatPrefix(prefix)} belongs to ${stored.spec.affinity ?? 'nobody, with addresses in use'}`,
    )
  }
  await setState(stores, node, prefix, 'confirmed', signal)
  return stored
}

/**
 * Gives a block up: an empty one is deleted, one with addresses in use loses its owner and keeps them. The affinity says
 * `pendingDeletion` meanwhile, and goes last.
 */
export async function releaseAffinity(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  options: ReleaseAffinityOptions,
): Promise<void> {
  const { signal } = options
  const affinity = await stores.affinities.get(blockAffinityName(node, prefix), signal)
  const block = await stores.blocks.get(blockName(prefix), signal)
  if (block !== undefined && block.spec.affinity === hostAffinity(node)) refuse(decodeBlock(block.spec), options)
  if (affinity !== undefined) await setState(stores, node, prefix, 'pendingDeletion', signal)
  await retryConflicts(
    `IPAMBlock ${blockName(prefix)}`,
    async () => {
      const stored = await stores.blocks.get(blockName(prefix), signal)
      if (stored === undefined || stored.spec.affinity !== hostAffinity(node)) return
      const { affinity: _, claimTime: __, ...unowned } = decodeBlock(stored.spec)
      if (isEmpty(unowned)) {
        if (options.sequenceNumber !== undefined) refuse(unowned, options)
        await stores.blocks.remove(stored, signal)
        return
      }
      if (options.requireEmpty) {
        // Somebody got an address meanwhile: the block stays the node's.
        await setState(stores, node, prefix, 'confirmed', signal)
        refuse(unowned, options)
      }
      await stores.blocks.update({ ...stored, spec: encodeBlock(countWrite(unowned)) }, signal)
    },
    signal,
  )
  await removeAffinity(stores, node, prefix, signal)
}

function refuse(block: Block, options: ReleaseAffinityOptions): void {
  if (options.sequenceNumber !== undefined && options.sequenceNumber !== block.sequenceNumber) {
    throw new IpamError('Reassigned', `block ${formatPrefix(block.prefix)} was written meanwhile`)
  }
  if (options.requireEmpty && !isEmpty(block)) {
    throw new IpamError('NotEmpty', `block ${formatPrefix(block.prefix)} has addresses in use`)
  }
}

async function createBlock(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  now: number,
  signal?: AbortSignal,
): Promise<IPAMBlock> {
  const name = blockName(prefix)
  const wanted: New<IPAMBlock> = {
    metadata: { name },
    spec: encodeBlock(newBlock(prefix, hostAffinity(node), now)),
  }
  return retryConflicts(
    `IPAMBlock ${name}`,
    async () => {
      try {
        return await stores.blocks.create(wanted, signal)
      } catch (error) {
        const stored = isTaken(error) ? await stores.blocks.get(name, signal) : undefined
        if (stored === undefined) throw error
        return stored
      }
    },
    signal,
  )
}

/** Writes the state unless it is there already; a confirmed affinity does not go back to pending. */
async function setState(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  state: 'pending' | 'confirmed' | 'pendingDeletion',
  signal?: AbortSignal,
): Promise<void> {
  const name = blockAffinityName(node, prefix)
  await retryConflicts(
    `BlockAffinity ${name}`,
    async (tries) => {
      const isNew = tries === 0 && state === 'pending'
      const stored = isNew ? undefined : await stores.affinities.get(name, signal)
      if (stored === undefined) {
        if (state === 'pendingDeletion') return
        await stores.affinities.create(newAffinity(node, prefix, state), signal)
        return
      }
      if (stored.spec.state === state || (state === 'pending' && isConfirmed(stored.spec))) return
      await stores.affinities.update({ ...stored, spec: { ...stored.spec, state } }, signal)
    },
    signal,
  )
}

/** Calico's oldest affinities have no state, and are confirmed. */
export const isConfirmed = ({ state }: Pick<BlockAffinity['spec'], 'state'>): boolean =>
  state === 'confirmed' || state === ''

async function removeAffinity(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  signal?: AbortSignal,
): Promise<void> {
  const name = blockAffinityName(node, prefix)
  await retryConflicts(
    `BlockAffinity ${name}`,
    async () => {
      const stored = await stores.affinities.get(name, signal)
      if (stored !== undefined) await stores.affinities.remove(stored, signal)
    },
    signal,
  )
}

function newAffinity(node: string, prefix: Prefix, state: 'pending' | 'confirmed'): New<BlockAffinity> {
  return {
    metadata: { name: blockAffinityName(node, prefix), labels: blockAffinityLabels(node, prefix) },
    spec: { cidr: formatPrefix(prefix), node, type: 'host', state, deleted: false },
  }
}
