import { type ComponentStatus, jsonAnswer, routes, serveHttp } from '@manx/process'
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
  const probes = routes({
    '/liveness': () => {
      const present = components()
      const dead = present.filter(({ live }) => !live).map(({ name, reason }) => `${name} ${reason}`)
      return jsonAnswer(dead.length === 0 ? 200 : 503, { reasons: dead, components: present })
    },
    '/readiness': () => {
      const present = reasons()
      return jsonAnswer(present.length === 0 ? 200 : 503, { reasons: present, components: components() })
    },
  })
  const exporter = routes({
    '/metrics': async () => ({ status: 200, body: await metrics.text(), type: metrics.contentType }),
  })
  if (config.health.enabled) servers.use(await serveHttp(probes, config.health))
  if (config.metrics.enabled) servers.use(await serveHttp(exporter, config.metrics))
  return servers
}
