import {
  BlockAffinity,
  createWorkQueue,
  IPAMBlock,
  IPAMHandle,
  IPPool,
  isApiError,
  nextConditions,
  prefixContains,
  resourceOf,
  setFinalizer,
  untilSynced,
} from '@manx/api'
import { Handles } from '../datastore/handles.ts'
import { ObjectStore } from '../datastore/object-store.ts'
import type { Pool } from '../pools/pool.ts'
import { resolveOverlaps } from '../pools/resolve-overlaps.ts'
import type { ControllerOptions } from './controller-options.ts'
import { blocksOfPool, emptyPool, heldIn } from './empty-pool.ts'
import type { IpamInformers, KnownPool } from './informers.ts'
import { type Held, poolConditions, poolFinalizer } from './pool-status.ts'
import type { IpamObjects } from './release-allocations.ts'

export interface PoolControllerOptions
  extends ControllerOptions<Pick<IpamInformers, 'pools' | 'blocks' | 'clusterInformations'>> {
  /** False while pools are not to be protected from deletion: nobody could be there to let them go. Default: always true. */
  readonly protects?: () => boolean
}

/**
 * Keeps a pool that is deleted until nobody has an address of it, and tells users, in each pool's status, whether addresses
 * come from it; allocators find that out by themselves.
 */
export interface PoolController {
  /** Waits for the informers, then works until the signal. */
  run(signal: AbortSignal): Promise<void>
  /** Looks at all pools once more: what `protects` says has changed. */
  refresh(): void
  /** Pools waiting to be looked at. */
  readonly backlog: number
}

/** How long changes of blocks are gathered before the pool that waits for them is looked at: each look writes its status. */
const gathering = 500
/** How soon to look again at a pool that cannot be emptied now. */
const retryAfter = 5000
/** How long agents may take to hear that a pool is being deleted; until then one may begin a claim in it. */
const newsTravel = 10_000

export function createPoolController(options: PoolControllerOptions): PoolController {
  const { client, informers, logger, guard, report = () => undefined, protects = () => true, now = Date.now } = options
  const { store } = informers.pools
  const objects: IpamObjects = {
    blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
    affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
    handles: new Handles(new ObjectStore(client, resourceOf(IPAMHandle))),
  }
  /** When each pool that is being deleted was first seen so; by this clock, whatever that of the API server says. */
  const closing = new Map<string, { readonly uid: string | undefined; readonly since: number }>()
  const isLocked = () => informers.clusterInformations.store.get('default')?.spec.datastoreReady === false
  const fieldManager = 'manx-controllers'

  const setGuarded = (name: string, wanted: boolean, signal: AbortSignal) =>
    setFinalizer(client, resourceOf(IPPool), name, { finalizer: poolFinalizer, wanted }, { fieldManager, signal })

  const closingSince = ({ name, uid }: KnownPool): number => {
    const first = closing.get(name)
    if (first !== undefined && first.uid === uid) return first.since
    const since = now()
    closing.set(name, { uid, since })
    return since
  }
  /** True when the pool may go: none of its blocks is left, and nobody makes another one. */
  const isEmptied = async (pool: Pool, since: number, pools: readonly Pool[], signal: AbortSignal) => {
    const { name } = pool
    if (isLocked()) return false
    // Asked before the look: the one that lets go is after that time.
    const early = since + newsTravel - now()
    const found = await emptyPool(client, objects, pool, pools, signal)
    if (found === 'empty' && early <= 0) return true
    if (found === 'empty') queue.addAfter(name, early)
    else queue.addAfter(name, found === 'progress' ? gathering : retryAfter)
    return false
  }
  const sync = async (name: string, signal: AbortSignal) => {
    const known = store.get(name)
    const pools = resolveOverlaps([...store.list()])
    const pool = pools.find((one) => one.name === name)
    if (known === undefined || pool === undefined) return
    if (!pool.terminating) {
      if (!known.guarded && !known.unreadable && protects()) await setGuarded(name, true, signal)
      return tell(known, pool, undefined, signal)
    }
    const since = closingSince(known)
    const held = heldIn(blocksOfPool(pool, pools, informers.blocks.store.list()))
    if (known.guarded && held === undefined && (await isEmptied(pool, since, pools, signal))) {
      await setGuarded(name, false, signal)
      logger.info(`IPPool ${name}: nobody has an address of it, so it goes`, { pool: name })
      return
    }
    await tell(known, pool, held, signal)
  }
  const tell = async (known: KnownPool, pool: Pool, held: Held | undefined, signal: AbortSignal) => {
    const { name } = pool
    const wanted = poolConditions(pool, held)
    const conditions = nextConditions(known.conditions, wanted, { now: now(), generation: known.generation })
    if (conditions === undefined) return
    const options = { fieldManager, force: true, subresource: 'status', signal } as const
    try {
      await client.apply(resourceOf(IPPool), { metadata: { name }, status: { conditions } }, options)
    } catch (error) {
      // An API server that checks more than it did when the pool was stored may take no write of a malformed one.
      if (!isApiError(error, 'NotFound') && !(pool.malformed === true && isApiError(error, 'Invalid'))) throw error
      return
    }
    announce(known, pool, held)
  }
  const announce = (known: KnownPool, pool: Pool, held: Held | undefined) => {
    const [now] = poolConditions(pool, held)
    const before = known.conditions.find(({ type }) => type === 'Allocatable')
    if (now === undefined || (before?.status === now.status && before.reason === now.reason)) return
    const { name } = pool
    const serves = now.status === 'True'
    const note = serves ? 'The pool serves addresses' : now.message
    const wanted = serves || now.reason === 'Disabled' || now.reason === 'Terminating'
    logger[wanted ? 'info' : 'warn'](`IPPool ${name}: ${note}`, { pool: name })
    // A new pool that serves is what everybody expects.
    if (before === undefined && serves) return
    const of = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', name }
    const type = wanted ? 'Normal' : 'Warning'
    const reason = serves ? 'Allocatable' : now.reason
    const uid = known.uid === undefined ? {} : { uid: known.uid }
    report({ ...of, ...uid, type, reason, action: serves ? 'Open' : 'Close', note })
  }
  const queue = createWorkQueue({
    name: 'ippools',
    logger,
    process: sync,
    ...(guard === undefined ? {} : { guard }),
  })
  // One pool that comes or goes may open or close any other.
  const addAll = () => {
    for (const { name } of store.list()) queue.add(name)
  }
  store.subscribe(addAll)
  store.subscribe((change) => {
    if (change.type === 'removed') closing.delete(change.key)
  })
  informers.clusterInformations.store.subscribe(addAll)
  informers.blocks.store.subscribe((change) => {
    const { prefix } = change.type === 'removed' ? change.previous : change.object
    for (const { name, terminating, prefix: whole } of store.list()) {
      if (terminating && prefixContains(whole, prefix)) queue.addAfter(name, gathering)
    }
  })
  return {
    refresh: addAll,
    get backlog() {
      return queue.size
    },
    run: async (signal) => {
      if (!(await untilSynced(Object.values(informers), signal))) return
      addAll()
      await queue.run(signal)
    },
  }
}
