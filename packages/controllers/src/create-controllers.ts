import type { Informer, KubeControllersConfiguration, KubernetesClient, Logger, WorkGuard } from '@manx/api'
import {
  createIpamController,
  createIpamInformers,
  createLeakController,
  createPoolController,
  type IpamController,
  type LeakController,
  type Reporter,
} from '@manx/ipam'
import type { ControllersConfig } from './config.ts'
import { createSettingsController } from './settings/settings-controller.ts'
import { createTierController } from './tiers/tier-controller.ts'
import { createTierInformers } from './tiers/tier-informers.ts'

export interface ControllersOptions {
  /** For lists and watches. */
  readonly client: KubernetesClient
  /** For the work of the leader. */
  readonly leaderClient: KubernetesClient
  readonly config: ControllersConfig
  readonly logger: Logger
  readonly guard: WorkGuard
  readonly report: Reporter
  /** Whether objects of these kinds may be held by a finalizer now. */
  readonly protects: { readonly pools: () => boolean; readonly tiers: () => boolean }
  /** Whether tiers go for good. */
  readonly tiersLeave: () => boolean
}

export interface Controllers {
  readonly informers: readonly Informer<unknown>[]
  /** Of KubeControllersConfiguration. */
  readonly settings: Informer<Pick<KubeControllersConfiguration, 'spec'>>
  readonly ipam: IpamController
  readonly leaks: LeakController
  readonly all: readonly { readonly name: string; readonly backlog: number }[]
  /** What `protects` says has changed. */
  refresh(): void
  run(signal: AbortSignal): Promise<void>
}

/** All controllers of the cluster, on informers that they share. */
export function createControllers(options: ControllersOptions): Controllers {
  const { client, leaderClient, config, logger, guard, report, protects, tiersLeave } = options
  const informers = createIpamInformers(client, logger)
  const tierInformers = createTierInformers(client, logger)
  const common = { client: leaderClient, informers, logger, guard, report }
  const ipam = createIpamController(common)
  const leaks = createLeakController(common)
  const pools = createPoolController({ ...common, protects: protects.pools })
  const tiers = createTierController({
    ...common,
    informers: tierInformers,
    protects: protects.tiers,
    isLeaving: tiersLeave,
  })
  const settings = createSettingsController({ ...common, config, informer: informers.kubeControllers })
  const named = { 'ipam-nodes': ipam, 'ipam-leaks': leaks, ippools: pools, tiers, settings }
  return {
    informers: [...Object.values(informers), tierInformers.tiers, ...tierInformers.policies],
    settings: informers.kubeControllers,
    ipam,
    leaks,
    all: Object.entries(named).map(([name, controller]) => ({
      name,
      get backlog() {
        return controller.backlog
      },
    })),
    refresh: () => {
      pools.refresh()
      tiers.refresh()
    },
    run: async (signal) => {
      await Promise.all(Object.values(named).map((controller) => controller.run(signal)))
    },
  }
}
