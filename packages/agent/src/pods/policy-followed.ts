import { describeResource, type Informer } from '@manx/api'
import { CniError } from '@manx/cni'

/** Milliseconds that an ADD waits: a policy that was missed must not be told from one that there is not. */
const patience = 10_000

/**
 * Resolves when none of what policy is calculated from may have been missed; at once, when nothing is in the way. A pod that starts
 * while an informer is behind might start without its policies. Rejects, so that the runtime tries again, when it takes too long.
 */
export async function policyFollowed(
  informers: readonly Pick<Informer<unknown>, 'resource' | 'behindSince' | 'caughtUp'>[],
  signal: AbortSignal,
): Promise<void> {
  const isBehind = ({ behindSince }: Pick<Informer<unknown>, 'behindSince'>) => behindSince !== undefined
  if (!informers.some(isBehind)) return
  const either = AbortSignal.any([signal, AbortSignal.timeout(patience)])
  await Promise.all(informers.map((informer) => informer.caughtUp(either)))
  const behind = informers.filter(isBehind).map(({ resource, behindSince = Date.now() }) => {
    return `${describeResource(resource)} (for ${Math.round((Date.now() - behindSince) / 1000)} s)`
  })
  if (behind.length === 0) return
  throw new CniError('tryAgainLater', 'policies may have been missed', {
    details: `cannot follow ${behind.join(', ')}`,
  })
}
