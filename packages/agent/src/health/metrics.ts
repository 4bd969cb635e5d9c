import type { CniPorts } from '@manx/cni'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface MetricSources {
  readonly endpoints: () => number
  readonly attachments: () => number
  readonly ready: () => boolean
  readonly synced: () => boolean
}

export interface Metrics {
  readonly registry: Registry
  readonly observeCni: NonNullable<CniPorts['observe']>
}

/**
 * The agent's metrics. Names are Calico's where the meaning is the same. The event loop's lag is
 * `nodejs_eventloop_lag_seconds` and its quantiles, of prom-client's defaults.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('felix_active_local_endpoints', 'Number of active endpoints on this host.', sources.endpoints)
  gauge(
    'manx_cni_attachments',
    'Attachments in the journal, with those of containers on their way.',
    sources.attachments,
  )
  gauge('manx_agent_ready', '1 when /readiness answers 200.', () => Number(sources.ready()))
  gauge('manx_agent_synced', '1 once everything was read from the API server.', () => Number(sources.synced()))
  const requests = new Counter({
    name: 'manx_cni_requests_total',
    help: 'CNI requests by verb and error code; code 0 is success.',
    labelNames: ['verb', 'code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'manx_cni_request_seconds',
    help: 'How long the agent took for CNI requests.',
    labelNames: ['verb'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers,
  })
  return {
    registry,
    observeCni: (verb, code, duration) => {
      requests.inc({ verb, code: String(code) })
      seconds.observe({ verb }, duration)
    },
  }
}
