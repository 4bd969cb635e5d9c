import {
  type BlockAffinity,
  blockAffinityLabels,
  blockAffinityName,
  blockName,
  formatPrefix,
  type IPAMBlock,
  type New,
  type Prefix,
  parsePrefix,
  prefixesOverlap,
  samePrefix,
} from '@manx/api'
import { type Block, hostAffinity, isEmpty } from '../block/block.ts'
import { decodeBlock, encodeBlock } from '../block/codec.ts'
import { newBlock } from '../block/new-block.ts'
import { countWrite } from '../block/sequence-number.ts'
import { IpamError } from '../ipam-error.ts'
import type { ObjectStore } from './object-store.ts'
import { isConflict, isTaken, retryConflicts } from './retry.ts'

export interface AffinityStores {
  readonly blocks: ObjectStore<IPAMBlock>
  readonly affinities: ObjectStore<BlockAffinity>
  /** Says which block of another length has addresses of this one; default: lists all blocks. */
  readonly crossing?: (prefix: Prefix, signal?: AbortSignal) => Promise<Prefix | undefined>
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
 * stored block, made now or by an earlier try; throws `Reassigned` when another node has it, and `NameTaken` when something
 * else has the name of the affinity.
 */
export async function claimBlock(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  now: () => number,
  signal?: AbortSignal,
): Promise<IPAMBlock> {
  const claim = await setState(stores, node, prefix, 'pending', signal)
  const { stored, isNew } = await createBlock(stores, node, prefix, now(), signal)
  if (stored.spec.affinity !== hostAffinity(node)) {
    // A confirmed one is not of this claim, and whoever confirmed it may just be taking the block.
    if (claim?.spec.state === 'pending') await removeAffinity(stores, claim, signal)
    throw new IpamError(
      'Reassigned',
      `block ${formatPrefix(prefix)} belongs to ${stored.spec.affinity ?? 'nobody, with addresses in use'}`,
    )
  }
  if (isNew) await refuseCrossing(stores, node, prefix, signal)
  await setState(stores, node, prefix, 'confirmed', signal)
  return stored
}

/**
 * Names keep two nodes from making the same block, but not blocks of two lengths over the same addresses, which happens
 * when a pool changes. Looked at after the block was made: of two that race at least one sees the other and gives way.
 */
async function refuseCrossing(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  signal?: AbortSignal,
): Promise<void> {
  const other = await (stores.crossing ?? crossingBlock(stores.blocks))(prefix, signal)
  if (other === undefined) return
  await releaseAffinity(stores, node, prefix, { requireEmpty: false, ...(signal === undefined ? {} : { signal }) })
  throw new IpamError('Reassigned', `block ${formatPrefix(prefix)} overlaps block ${formatPrefix(other)}, which exists`)
}

/** Looks at all blocks as they are now. */
export function crossingBlock(blocks: ObjectStore<IPAMBlock>): NonNullable<AffinityStores['crossing']> {
  return async (prefix, signal) => {
    for (const { spec } of await blocks.list({}, signal)) {
      const other = parsePrefix(spec.cidr)
      if (other !== undefined && !samePrefix(other, prefix) && prefixesOverlap(other, prefix)) return other
    }
    return undefined
  }
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
  const marked = affinity === undefined ? undefined : await setState(stores, node, prefix, 'pendingDeletion', signal)
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
        if (marked !== undefined) await unmark(stores, marked, signal)
        refuse(unowned, options)
      }
      await stores.blocks.update({ ...stored, spec: encodeBlock(countWrite(unowned)) }, signal)
    },
    signal,
  )
  if (marked !== undefined) await removeAffinity(stores, marked, signal)
}

async function unmark(stores: AffinityStores, marked: BlockAffinity, signal?: AbortSignal): Promise<void> {
  try {
    await stores.affinities.update({ ...marked, spec: { ...marked.spec, state: 'confirmed' } }, signal)
  } catch (error) {
    // Whoever wrote it since knows better what it is now.
    if (!isConflict(error)) throw error
  }
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
): Promise<{ readonly stored: IPAMBlock; readonly isNew: boolean }> {
  const name = blockName(prefix)
  const wanted: New<IPAMBlock> = {
    metadata: { name },
    spec: encodeBlock(newBlock(prefix, hostAffinity(node), now)),
  }
  return retryConflicts(
    `IPAMBlock ${name}`,
    async () => {
      try {
        return { stored: await stores.blocks.create(wanted, signal), isNew: true }
      } catch (error) {
        const stored = isTaken(error) ? await stores.blocks.get(name, signal) : undefined
        if (stored === undefined) throw error
        return { stored, isNew: false }
      }
    },
    signal,
  )
}

/**
 * Writes the state unless it is there already; a confirmed affinity does not go back to pending. Returns the affinity as it
 * is stored then; undefined when there is none to mark.
 */
async function setState(
  stores: AffinityStores,
  node: string,
  prefix: Prefix,
  state: 'pending' | 'confirmed' | 'pendingDeletion',
  signal?: AbortSignal,
): Promise<BlockAffinity | undefined> {
  const name = blockAffinityName(node, prefix)
  return retryConflicts(
    `BlockAffinity ${name}`,
    async (tries) => {
      const isNew = tries === 0 && state === 'pending'
      const stored = isNew ? undefined : await stores.affinities.get(name, signal)
      if (stored === undefined) {
        if (state === 'pendingDeletion') return undefined
        return stores.affinities.create(newAffinity(node, prefix, state), signal)
      }
      if (!isClaimOf(stored, node, prefix)) {
        // There is none of this node, then, and what is there is not its business.
        if (state === 'pendingDeletion') return undefined
        throw new IpamError(
          'NameTaken',
          `BlockAffinity ${name} is a claim of node ${stored.spec.node} on ${stored.spec.cidr}, not of node ${node} on ${formatPrefix(prefix)}; delete it`,
        )
      }
      if (stored.spec.state === state || (state === 'pending' && isConfirmed(stored.spec))) return stored
      return stores.affinities.update({ ...stored, spec: { ...stored.spec, state } }, signal)
    },
    signal,
  )
}

function isClaimOf({ spec }: BlockAffinity, node: string, prefix: Prefix): boolean {
  const cidr = parsePrefix(spec.cidr)
  return spec.node === node && cidr !== undefined && samePrefix(cidr, prefix)
}

/** Calico's oldest affinities have no state, and are confirmed. */
export const isConfirmed = ({ state }: Pick<BlockAffinity['spec'], 'state'>): boolean =>
  state === 'confirmed' || state === ''

/** Removes this very affinity. One that somebody wrote meanwhile is that one's: a new claim of the same node. */
async function removeAffinity(stores: AffinityStores, known: BlockAffinity, signal?: AbortSignal): Promise<void> {
  try {
    await stores.affinities.remove(known, signal)
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}

function newAffinity(node: string, prefix: Prefix, state: 'pending' | 'confirmed'): New<BlockAffinity> {
  return {
    metadata: { name: blockAffinityName(node, prefix), labels: blockAffinityLabels(node, prefix) },
    spec: { cidr: formatPrefix(prefix), node, type: 'host', state, deleted: false },
  }
}
