import type { CniPorts } from '@manx/cni'
import type { Ipam } from '@manx/ipam'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RejectedObject } from '../rejections/rejections.ts'
import { addBgpMetrics, type BgpSource } from './bgp-metrics.ts'
import { addFelixMetrics, type FelixSource, felixHistograms } from './felix-metrics.ts'

export interface MetricSources {
  readonly node: string
  readonly felix: FelixSource
  readonly bgp: BgpSource
  readonly nodes: () => number
  readonly attachments: () => number
  readonly ready: () => boolean
  readonly synced: () => boolean
  readonly rejected: () => readonly RejectedObject[]
}

export interface Metrics {
  /** All of them, in the text form of Prometheus. */
  text(): Promise<string>
  readonly contentType: string
  readonly observeCni: NonNullable<CniPorts['observe']>
  /** Seconds of one call of the allocator, and how it ended. */
  observeIpam(operation: keyof Pick<Ipam, 'assign' | 'releaseByHandle'>, result: string, seconds: number): void
}

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

/**
 * The agent's metrics. Names are Calico's where the meaning is the same. The event loop's lag is
 * `nodejs_eventloop_lag_seconds` and its quantiles, of prom-client's defaults.
 */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry()
  // The default precision wakes the process 100 times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 })
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
  gauge(
    'manx_cni_attachments',
    'Attachments in the journal, with those of containers on their way.',
    sources.attachments,
  )
  gauge('manx_agent_ready', '1 when /readiness answers 200.', () => Number(sources.ready()))
  gauge('manx_agent_synced', '1 once everything was read from the API server.', () => Number(sources.synced()))
  new Gauge({
    name: 'manx_rejected_objects',
    help: 'Objects in the API that cannot be followed, in whole or in part.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const { kind } of sources.rejected()) this.inc({ kind })
    },
  })
  addFelixMetrics(registry, sources)
  addBgpMetrics(registry, sources.bgp)
  const requests = new Counter({
    name: 'manx_cni_requests_total',
    help: 'CNI requests by verb and error code; code 0 is success.',
    labelNames: ['verb', 'code'],
    registers,
  })
  const requestSeconds = new Histogram({
    name: 'manx_cni_request_seconds',
    help: 'How long the agent took for CNI requests.',
    labelNames: ['verb'],
    buckets: requestBuckets,
    registers,
  })
  const ipamSeconds = new Histogram({
    name: 'manx_ipam_request_seconds',
    help: 'How long the allocator took to assign and release addresses; the result is ok or an error code.',
    labelNames: ['operation', 'result'],
    buckets: requestBuckets,
    registers,
  })
  return {
    text: async () => `${await registry.metrics()}\n${felixHistograms(sources.felix)}`,
    contentType: registry.contentType,
    observeCni: (verb, code, duration) => {
      requests.inc({ verb, code: String(code) })
      requestSeconds.observe({ verb }, duration)
    },
    observeIpam: (operation, result, duration) => ipamSeconds.observe({ operation, result }, duration),
  }
}
