import type { WorkGuard } from '@manx/api'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Those of controller-runtime. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Counts and measures each reconciliation, under the names that controller-runtime has given them. */
export function measureReconciles(registry: Registry): WorkGuard {
  const registers = [registry]
  const total = new Counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciliations by controller and result.',
    labelNames: ['controller', 'result'],
    registers,
  })
  const errors = new Counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciliations that failed, and are tried again.',
    labelNames: ['controller'],
    registers,
  })
  const seconds = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciliations took.',
    labelNames: ['controller'],
    buckets,
    registers,
  })
  const active = new Gauge({
    name: 'controller_runtime_active_workers',
    help: 'Reconciliations that are under way.',
    labelNames: ['controller'],
    registers,
  })
  return async (controller, work) => {
    const stop = seconds.startTimer({ controller })
    active.inc({ controller })
    try {
      await work()
      total.inc({ controller, result: 'success' })
    } catch (error) {
      total.inc({ controller, result: 'error' })
      errors.inc({ controller })
      throw error
    } finally {
      active.dec({ controller })
      stop()
    }
  }
}
