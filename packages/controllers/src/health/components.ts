import { describeResource, type Informer } from '@manx/api'
import type { ComponentStatus, Hanging } from '@manx/process'

export interface Condition {
  readonly informers: readonly Pick<Informer<unknown>, 'resource' | 'hasSynced' | 'lastProgress'>[]
  readonly leads: boolean
  readonly hanging: readonly Hanging[]
  /** Milliseconds, as `performance.now()`. */
  readonly now: number
}

/**
 * Milliseconds without a sign of life after which an informer hangs. The API server sends a bookmark each minute; without it
 * a watch fails after two and a half, and the next try begins within half a minute.
 */
export const informerLimit = 5 * 60_000

/** Milliseconds that one reconciliation may take: a node that is gone may have had hundreds of pods. */
export const reconcileLimit = 10 * 60_000

/** The parts of the process. An API server that is away makes none of them dead: a restart would not bring it back. */
export function componentsOf({ informers, leads, hanging, now }: Condition): readonly ComponentStatus[] {
  const followed = informers.map(({ resource, hasSynced, lastProgress = now }): ComponentStatus => {
    const live = now - lastProgress <= informerLimit
    const silent = `has given no sign of life for ${Math.round((now - lastProgress) / 1000)} s`
    const reason = live ? 'waits for its first list' : silent
    const ready = live && hasSynced
    return { name: `informer ${describeResource(resource)}`, live, ready, reason: ready ? '' : reason }
  })
  const stuck = hanging.map(
    ({ name, seconds }): ComponentStatus => ({
      name: `controller ${name}`,
      live: false,
      ready: false,
      reason: `has not come to an end for ${seconds} s`,
    }),
  )
  const role = leads ? 'leads' : 'waits for the leader to end'
  return [...followed, ...stuck, { name: 'leader election', live: true, ready: true, reason: role }]
}

/** Why the process is not ready; empty when it is. */
export function reasonsOf(components: readonly ComponentStatus[]): readonly string[] {
  return components.filter(({ ready }) => !ready).map(({ name, reason }) => `${name} ${reason}`)
}
