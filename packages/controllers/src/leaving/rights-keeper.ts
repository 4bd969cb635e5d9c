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
}

/** Sees to it that whatever is held by a finalizer can be let go at the end; nothing is to be held before. */
export interface RightsKeeper {
  readonly areKept: boolean
  run(signal: AbortSignal): Promise<void>
}

/** Milliseconds between two looks, and two tries. */
const interval = 5000

export function createRightsKeeper(options: RightsKeeperOptions): RightsKeeper {
  const { client, crds, namespace, serviceAccount, removal, logger, onChange } = options
  let areKept = false
  let complained = ''
  const keep = async (signal: AbortSignal) => {
    if (!removal.hasSynced()) throw new Error('it is not known whether they are about to be removed')
    const nothingToKeep = serviceAccount === undefined || removal.controllersEnd() || crds.every(removal.kindEnds)
    if (nothingToKeep || (areKept && removal.isAccountHeld(accountFinalizer))) return
    await keepRights({ client, namespace, serviceAccount }, crds, signal)
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
          areKept = false
          const message = messageOf(error)
          if (!signal.aborted && message !== complained) {
            complained = message
            logger.warn(`Pools and tiers are not kept from being deleted while in use: ${message}`)
          }
        }
        if (before !== areKept) onChange()
        await pause(interval, signal)
      }
      areKept = false
    },
  }
}
