import type { Desired, DesiredPath, DesiredPolicy } from '../plan/desired.ts'
import type { Applied } from './applied.ts'
import { pathMessage } from './path-message.ts'
import { assignments, bothEffects, nothing, policyEffect, policyMessage } from './policy-message.ts'
import { type ReconcileOptions, reconcilePeers } from './reconcile-peers.ts'
import { resetsFor } from './resets-for.ts'
import { restartingPeers } from './restarting-peers.ts'

/** How far gobgpd was brought. */
export interface Reconciled {
  /** What gobgpd refused, by peer address. */
  readonly refused: ReadonlyMap<string, string>
  /** Routes are withdrawn a moment later. */
  readonly unfinished: boolean
}

/**
 * Brings gobgpd from `applied` to `desired`, and `applied` along. Policies come first, then paths, then sessions: a restarted
 * speaker that tells a peer "that was all" too early loses its routes there.
 */
export async function reconcile(desired: Desired, applied: Applied, options: ReconcileOptions): Promise<Reconciled> {
  const standing = new Set([...applied.peers.keys(), ...applied.otherPeers.keys()])
  await reconcilePolicy(desired.policy, applied, options)
  const unfinished = await reconcilePaths(desired.paths, applied, options)
  const refused = await reconcilePeers(desired.peers, applied, options)
  await evaluateAgain(standing, desired.policy, applied, options)
  return { refused, unfinished }
}

async function reconcilePolicy(
  policy: DesiredPolicy,
  applied: Applied,
  { client, logger }: ReconcileOptions,
): Promise<void> {
  const before = applied.policy
  const message = policyMessage(policy)
  if (before !== undefined && JSON.stringify(message) === JSON.stringify(policyMessage(before))) return
  // Noted first: what fails from here on must not make it forgotten.
  if (before !== undefined) applied.unevaluated = bothEffects(applied.unevaluated, policyEffect(before, policy))
  await client.setPolicies(message)
  if (before === undefined) for (const assignment of assignments) await client.setPolicyAssignment(assignment)
  applied.policy = policy
  logger.info('BGP policies changed')
}

/** Has routes of sessions from before evaluated by the present policies; sessions that come up meet these anyway. */
async function evaluateAgain(
  standing: ReadonlySet<string>,
  { reflectTo }: DesiredPolicy,
  applied: Applied,
  { client, logger }: ReconcileOptions,
): Promise<void> {
  const effect = applied.unevaluated
  const sessions = new Set([...standing].filter((one) => applied.peers.has(one) || applied.otherPeers.has(one)))
  if (resetsFor(effect, sessions, new Set()).length > 0) {
    logger.info('BGP routes are evaluated again', { ...effect })
    // A reflector that came back has not heard yet what it reflects.
    const early = reflectTo.length > 0 ? await restartingPeers(client) : new Set<string>()
    for (const { address, direction } of resetsFor(effect, sessions, early)) await client.softReset(address, direction)
  }
  applied.unevaluated = nothing
}

/** Whether routes are still to be withdrawn: a session that was just told of them would never hear of their end. */
async function reconcilePaths(
  paths: ReadonlyMap<string, DesiredPath>,
  applied: Applied,
  { client, logger, cameBack }: ReconcileOptions,
): Promise<boolean> {
  const added = [...paths.values()].filter(({ prefix }) => !applied.paths.has(prefix))
  const superfluous = [...applied.paths.values()].filter(({ prefix }) => !paths.has(prefix))
  const waits = superfluous.length > 0 && cameBack && (await restartingPeers(client)).size > 0
  const removed = waits ? [] : superfluous
  if (added.length + removed.length === 0) return waits
  await client.addPaths([...added.map((path) => pathMessage(path)), ...removed.map((path) => pathMessage(path, true))])
  for (const path of added) applied.paths.set(path.prefix, path)
  for (const { prefix } of removed) applied.paths.delete(prefix)
  logger.info('Announced routes changed', {
    announced: added.map(({ prefix }) => prefix),
    withdrawn: removed.map(({ prefix }) => prefix),
  })
  return waits
}
