import { api } from '../gen/gobgp.js'
import type { Desired, DesiredPath, DesiredPolicy } from '../plan/desired.ts'
import type { Applied } from './applied.ts'
import { pathMessage } from './path-message.ts'
import { assignments, policyEffect, policyMessage } from './policy-message.ts'
import { type ReconcileOptions, reconcilePeers } from './reconcile-peers.ts'

/**
 * Brings gobgpd from `applied` to `desired`, and `applied` along. Policies come first, then paths, then sessions: a restarted
 * speaker that tells a peer "that was all" too early loses its routes there. Returns what gobgpd refused, by peer address.
 */
export async function reconcile(
  desired: Desired,
  applied: Applied,
  options: ReconcileOptions,
): Promise<Map<string, string>> {
  const effect = await reconcilePolicy(desired.policy, applied, options)
  await reconcilePaths(desired.paths, applied, options)
  const failures = await reconcilePeers(desired.peers, applied, options)
  await effect()
  return failures
}

async function reconcilePolicy(
  policy: DesiredPolicy,
  applied: Applied,
  { client, logger }: ReconcileOptions,
): Promise<() => Promise<void>> {
  const before = applied.policy
  const message = policyMessage(policy)
  if (before !== undefined && JSON.stringify(message) === JSON.stringify(policyMessage(before))) {
    return async () => undefined
  }
  await client.setPolicies(message)
  if (before === undefined) for (const assignment of assignments) await client.setPolicyAssignment(assignment)
  applied.policy = policy
  const effect =
    before === undefined ? { incoming: true, outgoing: true, outgoingTo: [] } : policyEffect(before, policy)
  const established = new Set(applied.peers.keys())
  return async () => {
    if (established.size === 0) return
    const { DIRECTION_IN, DIRECTION_OUT } = api.ResetDirection
    logger.info('BGP policies changed', { ...effect })
    if (effect.incoming) await client.softReset('', DIRECTION_IN)
    if (effect.outgoing) await client.softReset('', DIRECTION_OUT)
    else {
      const kept = effect.outgoingTo.filter((address) => established.has(address) && applied.peers.has(address))
      for (const address of kept) await client.softReset(address, DIRECTION_OUT)
    }
  }
}

async function reconcilePaths(
  paths: ReadonlyMap<string, DesiredPath>,
  applied: Applied,
  { client, logger }: ReconcileOptions,
): Promise<void> {
  const added = [...paths.values()].filter(({ prefix }) => !applied.paths.has(prefix))
  const removed = [...applied.paths.values()].filter(({ prefix }) => !paths.has(prefix))
  if (added.length + removed.length === 0) return
  await client.addPaths([...added.map((path) => pathMessage(path)), ...removed.map((path) => pathMessage(path, true))])
  for (const path of added) applied.paths.set(path.prefix, path)
  for (const { prefix } of removed) applied.paths.delete(prefix)
  logger.info('Announced routes changed', {
    announced: added.map(({ prefix }) => prefix),
    withdrawn: removed.map(({ prefix }) => prefix),
  })
}
