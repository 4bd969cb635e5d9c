import type { Readiness } from '@manx/cni'
import type { ComponentHealth } from '@manx/felix'
import type { ComponentStatus, Hanging } from '@manx/process'
import type { IpvsFinding } from './read-ipvs.ts'

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
  readonly ipvs: IpvsFinding | undefined
}

type Part = Omit<ComponentStatus, 'live'>

/** The parts that pods need. BGP is none: pods of one node reach each other without. */
function podParts(condition: Omit<Condition, 'bgpReady'>): readonly Part[] {
  const part = (name: string, reason: string | undefined): Part => {
    return { name, ready: reason === undefined, reason: reason ?? '' }
  }
  const noPool = condition.synced && !condition.havePool
  return [
    part('datastore', condition.synced ? undefined : 'the API server has not been read yet'),
    part('node', condition.bootstrap),
    ...condition.felix.map(({ name, ready, reason }) => ({ name: `felix ${name}`, ready, reason })),
    part('pools', noPool ? 'no enabled IPPool for pods selects this node' : undefined),
    ...(condition.ipvs?.isKubeProxy === true ? [part('ipvs', condition.ipvs.reason)] : []),
  ]
}

function allParts(condition: Condition): readonly Part[] {
  const reason = condition.bgpReady ? '' : 'BGP: no session is up yet, or gobgpd is not there'
  const { ipvs } = condition
  return [
    ...podParts(condition),
    // Somebody else's services may have nothing to do with pods: that is for the administrator to judge.
    ...(ipvs?.isKubeProxy === false ? [{ name: 'ipvs', ready: false, reason: ipvs.reason }] : []),
    { name: 'bgp', ready: condition.bgpReady, reason },
  ]
}

function reasonsOf(parts: readonly Part[]): readonly string[] {
  const text = ({ name, reason }: Part) => (name.startsWith('felix ') ? `${name}: ${reason}` : reason)
  return parts.filter(({ ready }) => !ready).map(text)
}

/** Why the node is not ready for pods; empty when it is. */
export function podReasons(condition: Omit<Condition, 'bgpReady'>): readonly string[] {
  return reasonsOf(podParts(condition))
}

/** Why the agent is not ready, for /readiness; empty when it is. */
export function allReasons(condition: Condition): readonly string[] {
  return reasonsOf(allParts(condition))
}

/** All parts, and whether they are ready and alive. */
export function componentsOf(condition: Condition, hanging: readonly Hanging[]): readonly ComponentStatus[] {
  const stuck = (name: string) => hanging.find((each) => each.name === name)
  const parts = [
    ...allParts(condition),
    { name: 'felix', ready: true, reason: '' },
    { name: 'cni', ready: true, reason: '' },
  ]
  return parts.map(({ name, ready, reason }) => {
    const found = stuck(name)
    if (found === undefined) return { name, live: true, ready, reason }
    return { name, live: false, ready: false, reason: `has not come to an end for ${found.seconds} s` }
  })
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
