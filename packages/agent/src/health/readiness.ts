import type { Readiness } from '@manx/cni'
import type { ComponentHealth } from '@manx/felix'

/** What the parts say about themselves. */
export interface Condition {
  /** All kinds have been read from the API server once. */
  readonly synced: boolean
  /** Default objects and the node's annotations are written; else why not. */
  readonly bootstrap: string | undefined
  readonly felix: readonly ComponentHealth[]
  readonly bgpReady: boolean
  /** A pool that is open to pods selects this node. */
  readonly havePool: boolean
}

/** Why the node is not ready for pods; empty when it is. BGP is not asked: pods of one node reach each other without. */
export function podReasons(condition: Omit<Condition, 'bgpReady'>): readonly string[] {
  return [
    ...(condition.synced ? [] : ['the API server has not been read yet']),
    ...(condition.bootstrap === undefined ? [] : [condition.bootstrap]),
    ...condition.felix.flatMap(({ name, ready, reason }) => (ready ? [] : [`felix ${name}: ${reason}`])),
    ...(condition.havePool || !condition.synced ? [] : ['no enabled IPPool for pods selects this node']),
  ]
}

/** Why the agent is not ready, for /readiness; empty when it is. */
export function allReasons(condition: Condition): readonly string[] {
  return [
    ...podReasons(condition),
    ...(condition.bgpReady ? [] : ['BGP: no session is up yet, or gobgpd is not there']),
  ]
}

/** Milliseconds that a node which served pods may be out of step before new ones are sent away. */
const patience = 60_000

/**
 * Turns reasons into what STATUS answers. A node that has been ready stays so through short troubles, because a failing
 * STATUS makes the kubelet mark the whole node NotReady; an ADD meanwhile waits for felix itself.
 */
export function podReadiness(reasons: () => readonly string[], now: () => number = Date.now): () => Readiness {
  let readyAt: number | undefined
  return () => {
    const present = reasons()
    if (present.length === 0) readyAt = now()
    if (readyAt !== undefined && now() - readyAt < patience) return { ready: true }
    return { ready: false, limited: false, reason: present.join('; ') }
  }
}
