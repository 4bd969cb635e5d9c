import { createWorkQueue, type KubernetesClient, type Logger, messageOf, pause } from '@manx/api'
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
  /**
   * Waits until all that has to be let go is. At the signal the account goes all the same, which nobody would let go later, and
   * the log says what may be left.
   */
  finish(signal: AbortSignal): Promise<void>
  run(signal: AbortSignal): Promise<void>
}

const account = 'account'
/**
 * Milliseconds that the account waits for a sign that the kinds go, too, or that another process still holds something. An
 * account that is being deleted is valid for a minute.
 */
const patience = 10_000
/** The same while the API server deletes a kind, which can take long; within the minute in which the account is valid. */
const longPatience = 30_000
/** Milliseconds in which the API server begins to refuse new objects of a kind that is being deleted. */
const closing = 1000
/** Milliseconds that the account may take to be let go when all other time is over. */
const lastAct = 5000
/** Milliseconds until it is looked again whether anything is held: another process may not know yet that all is to go. */
const again = 500

export function createLeaving(options: LeavingOptions): Leaving {
  const { client, removal, kinds, namespace, serviceAccount, logger } = options
  /** Kinds of which everything was let go at least once. */
  const done = new Set<string>()
  /**
   * Since when a kind that is being deleted has only objects that are, too, none of them held by us. Soon after nothing of it can
   * be held again: the API server takes neither new objects nor new finalizers, and what is left waits for somebody else.
   */
  const closedSince = new Map<string, number>()
  let accountSince: number | undefined
  const isClosed = (crd: string) => performance.now() - (closedSince.get(crd) ?? Number.POSITIVE_INFINITY) >= closing
  const isOver = (crd: string) => removal.kindIsGone(crd) || (removal.kindEnds(crd) && isClosed(crd))
  const goes = (crd: string) => removal.kindEnds(crd) || removal.kindIsGone(crd)
  const isLeaving = (kind: HeldKind) => removal.controllersEnd() || goes(crdNameOf(kind))
  /** A kind that is being deleted is done when nothing of it can be held again. */
  const isDone = (kind: HeldKind) => {
    const crd = crdNameOf(kind)
    return isOver(crd) || (done.has(crd) && !removal.kindEnds(crd))
  }
  const allDone = () => kinds.every((kind) => !isLeaving(kind) || isDone(kind))
  const isAccountHeld = () => removal.isAccountHeld(accountFinalizer)

  const letGoOf = async (kind: HeldKind, signal: AbortSignal) => {
    const crd = crdNameOf(kind)
    if (!isLeaving(kind) || removal.kindIsGone(crd)) {
      done.delete(crd)
      closedSince.delete(crd)
      return
    }
    if (isOver(crd)) return
    if (!done.has(crd)) logger.info(`Lets all objects of ${crd} go: nobody will watch over them any more`)
    const ended = removal.kindEnds(crd)
    const { allEnd } = await letGo(client, kind, signal)
    done.add(crd)
    if (!ended || !allEnd) closedSince.delete(crd)
    else if (!closedSince.has(crd)) closedSince.set(crd, performance.now())
    queue.addAfter(crd, again)
    queue.add(account)
  }
  const releaseAccount = async (signal: AbortSignal) => {
    if (serviceAccount === undefined || !isAccountHeld()) return
    if (!removal.accountEnds() && !removal.controllersEnd()) {
      accountSince = undefined
      return
    }
    accountSince ??= performance.now()
    const crds = kinds.map(crdNameOf)
    const limit = crds.some(removal.kindEnds) ? longPatience : patience
    const isSettled = crds.every(isOver) || performance.now() - accountSince >= limit
    const isFree = kinds.every((kind) => !isLeaving(kind) || isDone(kind) || done.has(crdNameOf(kind)))
    if (!isSettled || !isFree) {
      queue.addAfter(account, again)
      return
    }
    await holdAccount(client, { namespace, serviceAccount }, false, signal)
    accountSince = undefined
  }
  const releaseAtLast = async () => {
    const limit = AbortSignal.timeout(lastAct)
    for (;;) {
      try {
        if (serviceAccount !== undefined) await holdAccount(client, { namespace, serviceAccount }, false, limit)
        return
      } catch (error) {
        await pause(again, limit)
        if (!limit.aborted) continue
        logger.error(
          `The account ${serviceAccount} is left with the finalizer ${accountFinalizer}: ${messageOf(error)}`,
        )
        return
      }
    }
  }
  const queue = createWorkQueue({
    name: 'leaving',
    logger,
    backoff: { first: 100, most: 2000 },
    process: async (key, signal) => {
      const kind = kinds.find((one) => crdNameOf(one) === key)
      await (kind === undefined ? releaseAccount(signal) : letGoOf(kind, signal))
    },
  })
  removal.subscribe(() => {
    for (const kind of kinds) queue.add(crdNameOf(kind))
    queue.add(account)
  })
  return {
    isLeaving,
    finish: async (signal) => {
      const waits = () => serviceAccount !== undefined && removal.controllersEnd() && isAccountHeld()
      while (!signal.aborted && (!allDone() || waits())) await pause(50, signal)
      const left = kinds.filter((kind) => isLeaving(kind) && !isDone(kind)).map(crdNameOf)
      if (left.length > 0) {
        logger.error(`Objects of ${left.join(' and ')} may be left with finalizers that nobody removes`)
      }
      if (waits()) await releaseAtLast()
    },
    run: (signal) => queue.run(signal),
  }
}
