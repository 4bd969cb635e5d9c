import { type ComponentStatus, probeRoutes, routes, serveHttp } from '@manx/process'
import type { AgentConfig } from '../config/parse-config.ts'
import type { Metrics } from './metrics.ts'

export interface HealthOptions {
  readonly config: Pick<AgentConfig, 'health' | 'metrics'>
  readonly components: () => readonly ComponentStatus[]
  /** Why the node is not ready. */
  readonly reasons: () => readonly string[]
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>
}

/** Serves probes and metrics where the environment wants them, until the disposal. */
export async function serveHealth(options: HealthOptions): Promise<AsyncDisposable> {
  const { config, components, reasons, metrics } = options
  const servers = new AsyncDisposableStack()
  const probes = probeRoutes({ components, reasons })
  const exporter = routes({
    '/metrics': async () => ({ status: 200, body: await metrics.text(), type: metrics.contentType }),
  })
  if (config.health.enabled) servers.use(await serveHttp(probes, config.health))
  if (config.metrics.enabled) servers.use(await serveHttp(exporter, config.metrics))
  return servers
}
