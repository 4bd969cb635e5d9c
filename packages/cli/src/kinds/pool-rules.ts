import { setTimeout as sleep } from 'node:timers/promises'
import {
  formatPrefix,
  IPAMBlock,
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
import { allocationsOf, decodeBlock, hostOf, isEmpty, releaseNodeBlock } from '@manx/ipam'
import type { CliObject } from './cli-kind.ts'

/** A pool must not overlap another one, nor have blocks of another size than those that exist. */
export async function checkPool(client: KubernetesClient, object: CliObject): Promise<readonly string[]> {
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
  const odd = (await blocksWithin(client, prefix)).find((block) => block.prefix.length !== pool.spec.blockSize)
  if (odd !== undefined) {
    const cidr = formatPrefix(odd.prefix)
    problems.push(
      `spec.blockSize: ${pool.spec.blockSize} does not fit the block ${cidr}, which exists: use ${odd.prefix.length}`,
    )
  }
  return problems
}

/** Closes the pool, waits for assignments under way, and gives up the blocks that nobody uses. */
export async function retirePool(client: KubernetesClient, name: string, warn: (text: string) => void): Promise<void> {
  const pool = await ignoreNotFound(client.get(resourceOf(IPPool), name))
  const prefix = pool === undefined ? undefined : parsePrefix(pool.spec.cidr)
  if (pool === undefined || prefix === undefined) return
  if (pool.spec.disabled !== true) {
    await client.patch(resourceOf(IPPool), name, { spec: { disabled: true } })
    await sleep(500)
  }
  let inUse = 0
  for (const block of await blocksWithin(client, prefix)) {
    const owner = hostOf(block.affinity)
    if (!isEmpty(block)) inUse += allocationsOf(block).length
    else if (owner !== undefined) await releaseNodeBlock(client, owner, block.prefix)
  }
  if (inUse > 0) warn(`Pool ${name}: ${inUse} of its addresses are in use, and stay so until their pods end`)
}

async function blocksWithin(client: KubernetesClient, prefix: Prefix) {
  const { items } = await client.list(resourceOf(IPAMBlock))
  return items.map(({ spec }) => decodeBlock(spec)).filter((block) => prefixContains(prefix, block.prefix))
}
