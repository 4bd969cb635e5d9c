import { createWorkQueue, IPPool, isApiError, type KubernetesClient, type Logger, resourceOf } from '@manx/api'
import { rfc3339 } from '../block/new-block.ts'
import type { Pool } from '../pools/pool.ts'
import { resolveOverlaps } from '../pools/resolve-overlaps.ts'
import type { IpamInformers, KnownPool } from './informers.ts'

export interface PoolControllerOptions {
  readonly client: Pick<KubernetesClient, 'apply'>
  /** Run by the caller. */
  readonly informers: Pick<IpamInformers, 'pools'>
  readonly logger: Logger
  readonly now?: () => number
}

/** Tells users, in each pool's status, whether addresses come from it; allocators find that out by themselves. */
export interface PoolController {
  /** Waits for the informer, then works until the signal. */
  run(signal: AbortSignal): Promise<void>
}

/** Whether a pool serves, in the words of its condition `Allocatable`. */
export function allocatable(pool: Pool): { status: 'True' | 'False'; reason: string; message: string } {
  const because = (reason: string, message: string) => ({ status: 'False', reason, message }) as const
  if (pool.terminating) return because('Terminating', 'The pool is being deleted')
  if (pool.overlaps !== undefined) {
    return because('CIDROverlap', `The pool ${pool.overlaps} is older and has some of the addresses`)
  }
  if (pool.disabled) return because('Disabled', 'spec.disabled is true')
  if (pool.closed !== undefined) return because('Invalid', pool.closed)
  return { status: 'True', reason: 'OK', message: '' }
}

export function createPoolController({
  client,
  informers,
  logger,
  now = Date.now,
}: PoolControllerOptions): PoolController {
  const { store, synced } = informers.pools
  const sync = async (name: string, signal: AbortSignal) => {
    const known = store.get(name)
    const pool = resolveOverlaps([...store.list()]).find((one) => one.name === name)
    if (known === undefined || pool === undefined) return
    const wanted = allocatable(pool)
    if (says(known, wanted)) return
    const { allocatable: before, generation } = known
    const lastTransitionTime = before?.status === wanted.status ? before.lastTransitionTime : rfc3339(now())
    const condition = {
      type: 'Allocatable',
      ...wanted,
      lastTransitionTime,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    }
    const options = { fieldManager: 'manx-controllers', force: true, subresource: 'status', signal } as const
    try {
      await client.apply(resourceOf(IPPool), { metadata: { name }, status: { conditions: [condition] } }, options)
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error
    }
    const log = wanted.status === 'True' || wanted.reason === 'Disabled' ? logger.info : logger.warn
    log(`IPPool ${name}: ${wanted.status === 'True' ? 'serves addresses' : wanted.message}`, { pool: name })
  }
  const queue = createWorkQueue({ name: 'IPPool status', logger, process: sync })
  // One pool that comes or goes may open or close any other.
  const addAll = () => {
    for (const { name } of store.list()) queue.add(name)
  }
  store.subscribe(addAll)
  return {
    run: async (signal) => {
      const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([stopped, synced])
      if (signal.aborted) return
      addAll()
      await queue.run(signal)
    },
  }
}

function says({ allocatable: before, generation }: KnownPool, wanted: ReturnType<typeof allocatable>): boolean {
  return (
    before?.status === wanted.status &&
    before.reason === wanted.reason &&
    before.message === wanted.message &&
    before.observedGeneration === generation
  )
}
