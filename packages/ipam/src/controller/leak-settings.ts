import { type KubeControllersConfiguration, parseDuration } from '@manx/api'

export interface LeakSettings {
  /** Milliseconds that an address has to look unused before it is given back; 0: none ever is. */
  readonly grace: number
  /** Milliseconds between two searches. */
  readonly period: number
}

const minute = 60_000
const usualGrace = 15 * minute
const usualPeriod = 5 * minute

/**
 * Of KubeControllersConfiguration default: `controllers.node.leakGracePeriod`, searched twice per period. Without the object
 * Calico's defaults count; an object without `controllers.node` turns the search off, as it turns Calico's controller off. While
 * there is one that cannot be read, nobody knows whether it does, and nothing is searched.
 */
export function leakSettings(
  stored: Pick<KubeControllersConfiguration, 'spec'> | undefined,
  isMalformed = false,
): LeakSettings {
  if (stored === undefined) {
    return isMalformed ? { grace: 0, period: usualPeriod } : { grace: usualGrace, period: usualGrace / 2 }
  }
  const { node } = stored.spec.controllers
  if (node === undefined) return { grace: 0, period: usualPeriod }
  const grace = parseDuration(node.leakGracePeriod ?? '') ?? usualGrace
  return { grace, period: grace === 0 ? usualPeriod : Math.max(grace / 2, 1000) }
}
