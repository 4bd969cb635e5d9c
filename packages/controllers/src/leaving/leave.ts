import { createWorkQueue, type KubernetesClient, type Logger, pause } from '@manx/api'
import type { Removal } from './follow-removal.ts'
import { accountFinalizer, holdAccount } from './keep-rights.ts'
import { crdNameOf, type HeldKind, letGo } from './let-go.ts'

export interface LeavingOptions {
  readonly client: KubernetesClient
  readonly removal: Removal
  readonly kinds: readonly HeldKind[]
  readonly namespace: string
  readonly serviceAccount?: string
  readonly logger: Logger
}

/** Lets objects go that nobody will watch over any more. In every process: the one that leads may be the first to end. */
export interface Leaving {
  /** Objects of the kind are to be let go. */
  isLeaving(kind: HeldKind): boolean
  /** Waits until all that has to be let go is, or until the signal. */
  finish(signal: AbortSignal): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

const account = 'account'
/** Milliseconds in which an account that is being deleted waits for a sign that everything is; it is valid for a minute. */
const patience = 20_000

export function createLeaving(options: LeavingOptions): Leaving {
  const { client, removal, kinds, namespace, serviceAccount, logger } = options
  const done = new Set<string>()
  let accountEndsSince: number | undefined
  const isLeaving = (kind: HeldKind) => removal.controllersEnd() || removal.kindEnds(crdNameOf(kind))
  const pending = () => kinds.filter((kind) => isLeaving(kind) && !done.has(crdNameOf(kind)))

  const releaseAccount = async (signal: AbortSignal) => {
    if (serviceAccount === undefined || !removal.isAccountHeld(accountFinalizer)) return
    const ends = removal.accountEnds()
    if (!ends && !removal.controllersEnd()) {
      accountEndsSince = undefined
      return
    }
    accountEndsSince ??= performance.now()
    // Deleted alone, perhaps; or the rest is about to be.
    const mayWait = !kinds.every(isLeaving) && performance.now() - accountEndsSince < patience
    if (pending().length > 0 || mayWait) {
      queue.addAfter(account, 200)
      return
    }
    await holdAccount(client, { namespace, serviceAccount }, false, signal)
  }
  const queue = createWorkQueue({
    name: 'leaving',
    logger,
    backoff: { first: 100, most: 2000 },
    process: async (key, signal) => {
      const kind = kinds.find((one) => crdNameOf(one) === key)
      if (kind === undefined) return releaseAccount(signal)
      if (!isLeaving(kind)) {
        done.delete(key)
        return
      }
      if (done.has(key)) return
      logger.info(`Lets all objects of ${key} go: nobody will watch over them any more`)
      await letGo(client, kind, signal)
      done.add(key)
    },
  })
  const addAll = () => {
    for (const kind of kinds) queue.add(crdNameOf(kind))
    queue.add(account)
  }
  removal.subscribe(addAll)
  return {
    isLeaving,
    finish: async (signal) => {
      const isHeld = () => removal.controllersEnd() && removal.isAccountHeld(accountFinalizer)
      while (!signal.aborted && (pending().length > 0 || isHeld())) await pause(50, signal)
      // A write that was under way when the first ones were let go may have held one more.
      if (removal.controllersEnd()) for (const kind of kinds) await letGo(client, kind, signal)
    },
    run: (signal) => queue.run(signal),
  }
}
