import type { createMetrics } from './metrics.ts'

/** The maker of metrics. Where nobody reads them they are not counted, and what counts them is not even loaded. */
export async function loadMetrics(enabled: boolean): Promise<typeof createMetrics> {
  if (enabled) return (await import('./metrics.ts')).createMetrics
  const nothing = () => undefined
  return () => ({ text: async () => '', contentType: 'text/plain', observeCni: nothing, observeIpam: nothing })
}
