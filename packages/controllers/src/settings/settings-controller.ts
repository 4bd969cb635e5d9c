import {
  createWorkQueue,
  type Informer,
  isApiError,
  KubeControllersConfiguration,
  type KubernetesClient,
  type Logger,
  resourceOf,
  type WorkGuard,
} from '@manx/api'
import type { ControllersConfig } from '../config.ts'
import { statusOf } from './running-config.ts'

export interface SettingsControllerOptions {
  readonly client: KubernetesClient
  readonly config: ControllersConfig
  /** Run by the caller. */
  readonly informer: Informer<Pick<KubeControllersConfiguration, 'spec'>>
  readonly logger: Logger
  readonly guard?: WorkGuard
}

export interface SettingsController {
  run(signal: AbortSignal): Promise<void>
  readonly backlog: number
}

/** Writes into KubeControllersConfiguration default what counts of it. */
export function createSettingsController(options: SettingsControllerOptions): SettingsController {
  const { client, config, informer, logger, guard } = options
  const name = 'default'
  const sync = async (_: string, signal: AbortSignal) => {
    const stored = informer.store.get(name)
    if (stored === undefined) return
    const status = statusOf(config, stored.spec)
    const apply = { fieldManager: 'manx-controllers', force: true, subresource: 'status', signal } as const
    try {
      await client.apply(resourceOf(KubeControllersConfiguration), { metadata: { name }, status }, apply)
    } catch (error) {
      if (!isApiError(error, 'NotFound')) throw error
    }
  }
  const queue = createWorkQueue({ name: 'settings', logger, process: sync, ...(guard === undefined ? {} : { guard }) })
  informer.store.subscribe(() => queue.add(name))
  return {
    get backlog() {
      return queue.size
    },
    run: async (signal) => {
      queue.add(name)
      await queue.run(signal)
    },
  }
}
