import { IPPool, type KubernetesClient, type Logger, resourceOf, runAsLeader, Tier, type WorkGuard } from '@manx/api'
import { poolFinalizer } from '@manx/ipam'
import { probeRoutes, Watchdog } from '@manx/process'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { ControllersConfig } from './config.ts'
import { createControllers } from './create-controllers.ts'
import { createReports } from './events/write-reports.ts'
import { componentsOf, reasonsOf, reconcileLimit } from './health/components.ts'
import { serveProbes } from './health/serve-probes.ts'
import { fenceWrites } from './leading/fence-writes.ts'
import { followRemoval } from './leaving/follow-removal.ts'
import { createLeaving } from './leaving/leave.ts'
import { crdNameOf, type HeldKind } from './leaving/let-go.ts'
import { createRightsKeeper } from './leaving/rights-keeper.ts'
import { addMetrics } from './metrics/create-metrics.ts'
import { measureReconciles } from './metrics/reconcile-metrics.ts'
import { createMetricsServer } from './metrics/serve-metrics.ts'
import { settingsOf } from './settings/running-config.ts'
import { tierFinalizer } from './tiers/tier-informers.ts'

/** The Lease that says which process works. */
export const leaseName = 'manx-controllers'

const pools: HeldKind = { resource: resourceOf(IPPool), finalizer: poolFinalizer }
const tiers: HeldKind = { resource: resourceOf(Tier), finalizer: tierFinalizer }
/** What the controllers hold. */
export const heldKinds = [pools, tiers]

/** Milliseconds that a process which ends may take to let go of what nobody will watch over; its pod has 30 seconds. */
const leavingLimit = 20_000

export interface RunOptions {
  readonly client: KubernetesClient
  readonly config: ControllersConfig
  readonly logger: Logger
  /** Of the log. */
  readonly setLevel: (level: string) => void
}

/**
 * Runs until the signal: informers in every process, so that the next leader need not begin with a list; controllers in
 * the leader alone. Resolves when all has ended and the Lease is given back.
 */
export async function runControllers(options: RunOptions, signal: AbortSignal): Promise<void> {
  const { client, config, logger, setLevel } = options
  const { namespace, identity, leaseSeconds, deployment, serviceAccount } = config
  let holds = () => false
  const leaderClient = fenceWrites(client, () => holds())
  const watchdog = new Watchdog()
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
  const measured = measureReconciles(registry)
  const guard: WorkGuard = (queue, work) => watchdog.guard(queue, reconcileLimit, () => measured(queue, work))

  const of = serviceAccount === undefined ? {} : { serviceAccount }
  const crds = heldKinds.map(crdNameOf)
  const removal = followRemoval({ client, namespace, deployment, ...of, logger }, crds)
  const leaving = createLeaving({ client, removal, kinds: heldKinds, namespace, ...of, logger })
  const rights = createRightsKeeper({
    client: leaderClient,
    crds,
    namespace,
    ...of,
    removal,
    logger,
    onChange: () => controllers.refresh(),
  })
  const reports = createReports({ client: leaderClient, identity, logger })
  const controllers = createControllers({
    client,
    leaderClient,
    config,
    logger,
    guard,
    report: reports.report,
    protects: {
      pools: () => rights.areKept && !leaving.isLeaving(pools),
      tiers: () => rights.areKept && !leaving.isLeaving(tiers),
    },
    tiersLeave: () => leaving.isLeaving(tiers),
  })
  removal.subscribe(() => controllers.refresh())

  const informers = [...controllers.informers, ...removal.informers]
  const components = () =>
    componentsOf({ informers, leads: holds(), hanging: watchdog.hanging(), now: performance.now() })
  await using servers = new AsyncDisposableStack()
  const listener = probeRoutes({ components, reasons: () => reasonsOf(components()) })
  const { ipam, leaks, all, settings } = controllers
  addMetrics({ registry, ipam, leaks, controllers: all, lease: leaseName, isLeader: () => holds() })
  const metricsServer = servers.use(createMetricsServer({ registry, host: config.metricsHost, logger }))
  const followSettings = async () => {
    const { logLevel, metricsPort } = settingsOf(config, settings.store.get('default')?.spec)
    setLevel(logLevel)
    await metricsServer.listen(metricsPort)
  }
  settings.store.subscribe(() => void followSettings())
  await followSettings()

  const lead = async (term: AbortSignal, held: () => boolean) => {
    holds = held
    try {
      await Promise.all([controllers.run(term), reports.run(term), rights.run(term)])
    } finally {
      holds = () => false
    }
  }
  // What follows the removal outlives the controllers by as long as letting go takes.
  const left = new AbortController()
  const alongside = [removal.run(left.signal), leaving.run(left.signal)]
  const probes = serveProbes(listener, config.health, left.signal)
  const work = Promise.all([
    ...controllers.informers.map((informer) => informer.run(signal)),
    runAsLeader({ client, namespace, name: leaseName, identity, leaseSeconds, logger, signal, lead }),
  ])
  try {
    // Probes end before the work only when they cannot be served.
    await Promise.race([work, probes])
    await leaving.finish(AbortSignal.timeout(leavingLimit))
  } finally {
    left.abort()
  }
  await Promise.all([...alongside, probes])
}
