import { setTimeout as sleep } from 'node:timers/promises'
import {
  ApiError,
  formatPrefix,
  IPPool,
  ignoreNotFound,
  type KubernetesClient,
  type Prefix,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  resourceOf,
  withDefaults,
} from '@manx/api'
import { allocationsOf, hostOf, isEmpty, poolFinalizer, releaseNodeBlock } from '@manx/ipam'
import { readBlocks } from '../ipam/read-blocks.ts'
import { type CliObject, type DeletePreconditions, versionOf } from './cli-kind.ts'

/**
 * A new pool must not overlap another one, nor have blocks of another size than those that exist. Of one that is there neither
 * can change, and whatever else is changed may be what helps.
 */
export async function checkNewPool(
  client: KubernetesClient,
  object: CliObject,
  warn: (text: string) => void,
): Promise<readonly string[]> {
  const pool = withDefaults(IPPool, object as IPPool)
  const prefix = parsePrefix(pool.spec.cidr)
  if (prefix === undefined) return []
  const problems: string[] = []
  for (const other of (await client.list(resourceOf(IPPool))).items) {
    const otherPrefix = parsePrefix(other.spec.cidr)
    if (other.metadata.name === object.metadata.name || otherPrefix === undefined) continue
    if (prefixesOverlap(prefix, otherPrefix)) {
      problems.push(`spec.cidr: ${pool.spec.cidr} overlaps ${other.spec.cidr} of the pool ${other.metadata.name}`)
    }
  }
  const odd = (await blocksWithin(client, prefix, warn)).find((block) => block.prefix.length !== pool.spec.blockSize)
  if (odd !== undefined) {
    const cidr = formatPrefix(odd.prefix)
    problems.push(
      `spec.blockSize: ${pool.spec.blockSize} does not fit the block ${cidr}, which exists: use ${odd.prefix.length}`,
    )
  }
  return problems
}

/**
 * Closes the pool, waits for assignments under way, and gives up the blocks that nobody uses. A pool with a finalizer is left as
 * it is: it closes when it is deleted, and its controller empties it.
 */
export async function retirePool(
  client: KubernetesClient,
  object: CliObject,
  warn: (text: string) => void,
): Promise<DeletePreconditions> {
  const { name } = object.metadata
  const given = versionOf(object)
  const pool = await ignoreNotFound(client.get(resourceOf(IPPool), name))
  const prefix = pool === undefined ? undefined : parsePrefix(pool.spec.cidr)
  if (pool === undefined || prefix === undefined) return given
  const { uid, resourceVersion, finalizers = [] } = pool.metadata
  if (given.resourceVersion !== undefined && given.resourceVersion !== resourceVersion) {
    throw new ApiError('Conflict', `it has changed since version ${given.resourceVersion}: get it once more`)
  }
  const guarded = finalizers.includes(poolFinalizer)
  const closes = !guarded && pool.spec.disabled !== true
  if (closes) {
    await client.patch(resourceOf(IPPool), name, { metadata: { ...given, uid }, spec: { disabled: true } })
    await sleep(500)
  }
  let inUse = 0
  for (const block of await blocksWithin(client, prefix, warn)) {
    const owner = hostOf(block.affinity)
    if (!isEmpty(block)) inUse += allocationsOf(block).length
    else if (owner !== undefined && !guarded) await releaseNodeBlock(client, owner, block.prefix)
  }
  if (inUse > 0) {
    const stay = guarded ? 'and it goes when their pods have ended' : 'and stay so until their pods end'
    warn(`Pool ${name}: ${inUse} of its addresses are in use, ${stay}`)
  }
  // To close it raised the version that was right until then.
  return { ...(uid === undefined ? {} : { uid }), ...(closes ? {} : given) }
}

async function blocksWithin(client: KubernetesClient, prefix: Prefix, warn: (text: string) => void) {
  return (await readBlocks(client, warn)).filter((block) => prefixContains(prefix, block.prefix))
}
