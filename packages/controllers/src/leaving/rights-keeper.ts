import { type KubernetesClient, type Logger, messageOf, pause } from '@manx/api'
import type { Removal } from './follow-removal.ts'
import { accountFinalizer, keepRights } from './keep-rights.ts'

export interface RightsKeeperOptions {
  readonly client: KubernetesClient
  readonly crds: readonly string[]
  readonly namespace: string
  readonly serviceAccount?: string
  readonly removal: Removal
  readonly logger: Logger
  /** `areKept` has changed. */
  readonly onChange: () => void
  /** Milliseconds between two looks, and two tries; default 5000. */
  readonly interval?: number
  /** Milliseconds after which the rights are made anew, whatever seems to be there; default three minutes. */
  readonly refresh?: number
}

/** Sees to it that whatever is held by a finalizer can be let go at the end; nothing is to be held before. */
export interface RightsKeeper {
  readonly areKept: boolean
  run(signal: AbortSignal): Promise<void>
}

export function createRightsKeeper(options: RightsKeeperOptions): RightsKeeper {
  const { client, crds, namespace, serviceAccount, removal, logger, onChange } = options
  const { interval = 5000, refresh = 3 * 60_000 } = options
  let areKept = false
  let complained = ''
  let keptAt = 0
  const keep = async (signal: AbortSignal) => {
    if (!removal.hasSynced()) throw new Error('it is not known whether they are about to be removed')
    const nothingToKeep = serviceAccount === undefined || removal.controllersEnd() || crds.every(removal.kindEnds)
    if (nothingToKeep) return
    // Role and binding are not watched: somebody may delete them, and a CRD that was made again is another owner.
    const isRecent = areKept && performance.now() - keptAt < refresh
    if (isRecent && removal.isAccountHeld(accountFinalizer)) return
    await keepRights({ client, namespace, serviceAccount }, crds, signal)
    keptAt = performance.now()
  }
  return {
    get areKept() {
      return areKept
    },
    run: async (signal) => {
      await Promise.race([removal.synced, pause(interval, signal)])
      while (!signal.aborted) {
        const before = areKept
        try {
          await keep(signal)
          areKept = true
          complained = ''
        } catch (error) {
          // An API server that is away for a moment takes back no rights, and nothing is to be let go for its sake.
          areKept &&= removal.isAccountHeld(accountFinalizer) && performance.now() - keptAt < 2 * refresh
          const message = messageOf(error)
          if (!signal.aborted && message !== complained) {
            complained = message
            const effect = areKept ? '' : 'Pools and tiers are not kept from being deleted while in use: '
            logger.warn(`${effect}Cannot make sure that they can be let go: ${message}`)
          }
        }
        if (before !== areKept) onChange()
        await pause(interval, signal)
      }
      areKept = false
    },
  }
}
