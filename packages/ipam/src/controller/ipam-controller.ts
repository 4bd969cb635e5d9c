import {
  BlockAffinity,
  blockAffinityLabels,
  blockAffinityName,
  blockName,
  createWorkQueue,
  formatPrefix,
  IPAMBlock,
  IPAMHandle,
  type Prefix,
  prefixOf,
  resourceOf,
  samePrefix,
  untilSynced,
  type WorkQueue,
} from '@manx/api'
import { readSettings } from '../allocator/cluster-view.ts'
import { hostAffinity, hostOf } from '../block/block.ts'
import { type AffinityStores, claimBlock, isConfirmed, releaseAffinity } from '../datastore/affinities.ts'
import { Handles } from '../datastore/handles.ts'
import { ObjectStore } from '../datastore/object-store.ts'
import { isConflict } from '../datastore/retry.ts'
import { IpamError } from '../ipam-error.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import { blockLengths } from '../names.ts'
import { BlockSpace } from '../pools/block-space.ts'
import { type BlockSummary, findBlock, reclaimAge } from '../pools/find-block.ts'
import type { Pool } from '../pools/pool.ts'
import { createReservations, type Reservations } from '../pools/reservations.ts'
import { resolveOverlaps } from '../pools/resolve-overlaps.ts'
import { BlockIndex } from './block-index.ts'
import type { ControllerOptions } from './controller-options.ts'
import { type IpamInformers, type KnownAffinity, projectBlock } from './informers.ts'
import { type BlockWanted, planNode } from './plan-node.ts'
import { releaseNode } from './release-node.ts'
import { type PoolStatistics, poolStatistics } from './statistics.ts'

export type IpamControllerOptions = Omit<ControllerOptions<IpamInformers>, 'report'>

/**
 * Keeps a block of each family ready at every node, gives back what deleted nodes had, and finishes claims and releases
 * that somebody began and did not end. Leaves everything else alone. Only one may run in a cluster at a time.
 */
export interface IpamController {
  /** Waits for the informers, then works until the signal. */
  run(signal: AbortSignal): Promise<void>
  /** Nodes waiting to be looked at. */
  readonly backlog: number
  statistics(): readonly PoolStatistics[]
}

/** A claim or release that nobody moved for this long was given up by whoever began it. */
const unfinishedAge = 60_000
/** Everybody looks at the same free blocks, so a few tries may meet others that were faster. After these the queue has it wait. */
const mostTries = 20
/** How soon to look again at a deleted node whose pods are still known: they may be running. */
const podsRemainPause = 60_000

export function createIpamController(options: IpamControllerOptions): IpamController {
  return new Controller(options)
}

class Controller implements IpamController {
  readonly #options: IpamControllerOptions
  readonly #blocks: ObjectStore<IPAMBlock>
  readonly #affinities: ObjectStore<BlockAffinity>
  readonly #handles: Handles
  readonly #queue: WorkQueue
  readonly #index: BlockIndex
  readonly #now: () => number
  readonly #reclaiming = new KeyedMutex()
  #pools: readonly Pool[] | undefined
  #reservations: Reservations | undefined
  readonly #affinitiesOf = new Map<string, Map<string, KnownAffinity>>()
  /** When an affinity was first seen in a state that is not final. */
  readonly #unfinishedSince = new Map<string, { readonly state: string; readonly since: number }>()

  constructor(options: IpamControllerOptions) {
    const { client, informers, logger, guard, now = Date.now } = options
    this.#options = options
    this.#now = now
    this.#blocks = new ObjectStore(client, resourceOf(IPAMBlock))
    this.#affinities = new ObjectStore(client, resourceOf(BlockAffinity))
    this.#handles = new Handles(new ObjectStore(client, resourceOf(IPAMHandle)))
    this.#queue = createWorkQueue({
      name: 'ipam-nodes',
      logger,
      ...(guard === undefined ? {} : { guard }),
      process: (node, signal) => this.#sync(node, signal),
    })
    this.#index = new BlockIndex(informers.blocks.store, (node) => this.#queue.add(node))
    const all = () => this.#addAll()
    informers.nodes.store.subscribe(({ key }) => this.#queue.add(key), { replay: true })
    informers.affinities.store.subscribe(
      (change) => {
        if (change.type !== 'added') this.#affinitiesOf.get(change.previous.node)?.delete(change.key)
        const affinity = change.type === 'removed' ? change.previous : change.object
        if (affinity.node === '') return
        if (change.type !== 'removed') {
          const known = this.#affinitiesOf.get(affinity.node) ?? new Map<string, KnownAffinity>()
          this.#affinitiesOf.set(affinity.node, known.set(change.key, affinity))
        } else {
          this.#unfinishedSince.delete(change.key)
        }
        this.#queue.add(affinity.node)
      },
      { replay: true },
    )
    informers.pools.store.subscribe(() => {
      this.#pools = undefined
      this.#index.poolsChanged()
      all()
    })
    informers.reservations.store.subscribe(() => {
      this.#reservations = undefined
      all()
    })
    informers.configurations.store.subscribe(all)
    informers.clusterInformations.store.subscribe(all)
  }

  get backlog(): number {
    return this.#queue.size
  }

  statistics(): readonly PoolStatistics[] {
    return poolStatistics(this.#openPools(), [...this.#index.space.values()])
  }

  async run(signal: AbortSignal): Promise<void> {
    if (!(await untilSynced(Object.values(this.#options.informers), signal))) return
    // Between two terms as leader, others worked and retries were forgotten.
    this.#addAll()
    await this.#queue.run(signal)
  }

  #openPools(): readonly Pool[] {
    this.#pools ??= resolveOverlaps(
      // Nodes do not know of malformed ones.
      [...this.#options.informers.pools.store.list()].filter(({ malformed }) => malformed !== true),
    )
    return this.#pools
  }

  #reserved(): Reservations {
    this.#reservations ??= createReservations([...this.#options.informers.reservations.store.list()].flat())
    return this.#reservations
  }

  /** As every claim looks, but in what the informer knows: of blocks that hold this one also as they are now. */
  readonly #crossing = async (prefix: Prefix, signal?: AbortSignal): Promise<Prefix | undefined> => {
    const lengths = Array.from(
      { length: Math.max(0, prefix.length - blockLengths[prefix.family].least) },
      (_, index) => prefix.length - 1 - index,
    )
    const around = lengths.map((length) => prefixOf(prefix, length))
    const found = await Promise.all(around.map((one) => this.#blocks.get(blockName(one), signal)))
    return around.find((_, index) => found[index] !== undefined) ?? this.#index.space.crossing(prefix)
  }

  #stores(): AffinityStores {
    return { blocks: this.#blocks, affinities: this.#affinities, crossing: this.#crossing }
  }

  #addAll(): void {
    for (const { name } of this.#options.informers.nodes.store.list()) this.#queue.add(name)
    for (const node of [...this.#index.nodes(), ...this.#affinitiesOf.keys()]) this.#queue.add(node)
  }

  async #sync(node: string, signal: AbortSignal): Promise<void> {
    const { informers } = this.#options
    if (informers.clusterInformations.store.get('default')?.spec.datastoreReady === false) return
    const known = informers.nodes.store.get(node)
    if (known === undefined) return this.#releaseGone(node, signal)
    for (const affinity of this.#affinitiesOf.get(node)?.values() ?? []) await this.#finish(affinity, signal)
    const reserved = this.#reserved()
    const wanted = planNode({
      node,
      labels: known.labels,
      pools: this.#openPools(),
      own: this.#index.of(node).filter(({ affinity }) => affinity === hostAffinity(node)),
      takenOf: (pool) => reserved.blocksOf(pool) + BigInt(this.#index.countIn(pool, reserved)),
      nodeCount: informers.nodes.store.size,
      settings: readSettings(informers.configurations.store.get('default')),
    })
    for (const one of wanted) await this.#give(node, one, signal)
  }

  async #give(node: string, wanted: BlockWanted, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options
    // What the informer does not show, or passes over as malformed, and what everybody tries for.
    const barred = new BlockSpace<{ readonly prefix: Prefix }>()
    const crossing = async (prefix: Prefix) => {
      const found = await this.#crossing(prefix, signal)
      if (found !== undefined) barred.set({ prefix: found })
      return found
    }
    const stores = { ...this.#stores(), crossing }
    const known = new Set(this.#index.of(node).map(({ prefix }) => formatPrefix(prefix)))
    for (let tries = 0; tries < mostTries; tries++) {
      const found = findBlock({
        pools: wanted.pools,
        affinity: hostAffinity(node),
        known,
        existing: this.#index.space,
        reservations: this.#reserved(),
        barred,
        now: this.#now(),
      })
      if (found.kind === 'reclaim') {
        // Nothing is taken from other nodes ahead of need.
        if (wanted.why === 'low') return
        // One at a time, or two nodes could take the last two blocks of a third one.
        const freed = await this.#reclaiming.run('', () => this.#reclaim(node, found.blocks, signal))
        if (freed === undefined) return this.#queue.addAfter(node, reclaimAge / 2)
        barred.delete(freed)
        continue
      }
      const cidr = formatPrefix(found.prefix)
      // Before anything is written: each write would have this node looked at again, and there would be no end to it.
      if (await this.#isTaken(node, found.prefix, crossing, signal)) {
        barred.set({ prefix: found.prefix })
        continue
      }
      try {
        const stored = await claimBlock(stores, node, found.prefix, this.#now, signal)
        this.#index.note(projectBlock(stored))
        logger.info('Gave a node a block', { node, block: cidr, why: wanted.why })
        return
      } catch (error) {
        if (!(error instanceof IpamError)) throw error
        if (error.code === 'NameTaken') {
          // The node claims another one by itself when it needs it.
          logger.warn('A node gets no block in advance', { node, block: cidr, error })
          return
        }
        if (error.code !== 'Reassigned') throw error
        barred.set({ prefix: found.prefix })
      }
    }
    throw new IpamError('Contention', `node ${node} found no block that could be claimed in ${mostTries} tries`)
  }

  /** As it is now, whether the informer shows it or passes over it as malformed. */
  async #isTaken(
    node: string,
    prefix: Prefix,
    crossing: (prefix: Prefix) => Promise<Prefix | undefined>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const stored = await this.#blocks.get(blockName(prefix), signal)
    if (stored !== undefined) return stored.spec.affinity !== hostAffinity(node)
    return (await crossing(prefix)) !== undefined
  }

  /** Takes one idle block from a node that has another one of the family; returns what is free now. */
  async #reclaim(node: string, idle: readonly BlockSummary[], signal: AbortSignal): Promise<Prefix | undefined> {
    for (const { prefix, affinity, sequenceNumber } of idle) {
      const owner = hostOf(affinity)
      // A virtual owner takes no part; a block of nobody is deleted with its last address.
      if (owner === undefined) continue
      if (!(await this.#keepsAnother(owner, prefix, signal))) continue
      try {
        await releaseAffinity(this.#stores(), owner, prefix, { requireEmpty: true, sequenceNumber, signal })
      } catch (error) {
        // In use meanwhile, or written: the next one.
        if (error instanceof IpamError && (error.code === 'NotEmpty' || error.code === 'Reassigned')) continue
        throw error
      }
      this.#index.drop(prefix)
      this.#options.logger.info('Took an idle block from a node for one that has no address left', {
        node,
        block: formatPrefix(prefix),
        owner,
      })
      return prefix
    }
    return undefined
  }

  /** As it is now: the index may be behind what was taken a moment ago. */
  async #keepsAnother(owner: string, block: Prefix, signal: AbortSignal): Promise<boolean> {
    for (const { prefix, affinity } of this.#index.of(owner)) {
      if (prefix.family !== block.family || samePrefix(prefix, block) || affinity !== hostAffinity(owner)) continue
      const stored = await this.#blocks.get(blockName(prefix), signal)
      if (stored?.spec.affinity === affinity) return true
    }
    return false
  }

  /** Ends what somebody began and left, and gives old affinities the labels by which nodes find them. */
  async #finish(affinity: KnownAffinity, signal: AbortSignal): Promise<void> {
    const { name, node, prefix, state } = affinity
    if (!affinity.labelled) await this.#label(name, node, signal)
    if (isConfirmed({ state })) {
      this.#unfinishedSince.delete(name)
      return
    }
    const seen = this.#unfinishedSince.get(name)
    if (seen?.state !== state) this.#unfinishedSince.set(name, { state, since: this.#now() })
    const age = seen?.state === state ? this.#now() - seen.since : 0
    if (age < unfinishedAge) {
      this.#queue.addAfter(node, unfinishedAge - age + 1000)
      return
    }
    if (name !== blockAffinityName(node, prefix)) return this.#removeMisnamed(affinity, signal)
    const stores = this.#stores()
    try {
      if (state === 'pendingDeletion') await releaseAffinity(stores, node, prefix, { requireEmpty: true, signal })
      else await claimBlock(stores, node, prefix, this.#now, signal)
    } catch (error) {
      if (!(error instanceof IpamError)) throw error
      // In use after all: it stays the node's. (Another node's: claiming removed the affinity.)
      if (error.code === 'NotEmpty') await claimBlock(stores, node, prefix, this.#now, signal)
      else if (error.code !== 'Reassigned') throw error
    }
  }

  /** No claim looks for it, and it keeps another node from the block that its name is about. */
  async #removeMisnamed({ name, node, prefix }: KnownAffinity, signal: AbortSignal): Promise<void> {
    const stored = await this.#affinities.get(name, signal)
    if (stored === undefined || isConfirmed(stored.spec)) return
    const block = formatPrefix(prefix)
    this.#options.logger.warn(`Removes BlockAffinity ${name}: that is no name of its node and block`, { node, block })
    try {
      await this.#affinities.remove(stored, signal)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }

  async #label(name: string, node: string, signal: AbortSignal): Promise<void> {
    const stored = await this.#affinities.get(name, signal)
    if (stored === undefined) return
    const labels = { ...stored.metadata.labels, ...blockAffinityLabels(node, stored.spec.cidr) }
    try {
      await this.#affinities.update({ ...stored, metadata: { ...stored.metadata, labels } }, signal)
    } catch (error) {
      // Whoever wrote it meanwhile makes the informer bring it here again.
      if (!isConflict(error)) throw error
    }
  }

  async #releaseGone(node: string, signal: AbortSignal): Promise<void> {
    const { client, informers, logger } = this.#options
    const blocks = this.#index.of(node)
    const affinities = [...(this.#affinitiesOf.get(node)?.values() ?? [])]
    if (blocks.length === 0 && affinities.length === 0) {
      this.#affinitiesOf.delete(node)
      return
    }
    const owned = new Map(
      [...blocks.filter(({ affinity }) => affinity === hostAffinity(node)), ...affinities].map(({ prefix }) => [
        formatPrefix(prefix),
        prefix,
      ]),
    )
    const context = {
      client,
      blocks: this.#blocks,
      affinities: this.#affinities,
      handles: this.#handles,
      cooldownSeconds: readSettings(informers.configurations.store.get('default')).cooldownSeconds,
      now: this.#now,
      logger,
    }
    const concerned = blocks.map(({ prefix }) => prefix)
    const outcome = await releaseNode(context, node, concerned, [...owned.values()], signal)
    for (const affinity of affinities) {
      if (affinity.name !== blockAffinityName(node, affinity.prefix)) await this.#removeMisnamed(affinity, signal)
    }
    if (outcome === 'podsRemain') this.#queue.addAfter(node, podsRemainPause)
  }
}
