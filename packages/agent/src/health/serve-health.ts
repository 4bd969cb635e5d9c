import type { AgentConfig } from '../config/parse-config.ts'
import { routes, serveHttp } from './http-server.ts'
import type { Metrics } from './metrics.ts'

export interface HealthOptions {
  readonly config: Pick<AgentConfig, 'health' | 'metrics'>
  readonly reasons: () => readonly string[]
  readonly metrics: Metrics
}

/** Serves probes and metrics where the environment wants them, until the disposal. */
export async function serveHealth({ config, reasons, metrics }: HealthOptions): Promise<AsyncDisposable> {
  const servers = new AsyncDisposableStack()
  const probes = routes({
    '/liveness': () => ({ status: 200, body: '{}' }),
    '/readiness': () => {
      const present = reasons()
      return { status: present.length === 0 ? 200 : 503, body: JSON.stringify({ reasons: present }) }
    },
  })
  const { registry } = metrics
  const exporter = routes({
    '/metrics': async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType }),
  })
  if (config.health.enabled) servers.use(await serveHttp(probes, config.health))
  if (config.metrics.enabled) servers.use(await serveHttp(exporter, config.metrics))
  return servers
}
