import {
  comparePrefixes,
  describeIssues,
  IPAMBlock,
  type KubernetesClient,
  messageOf,
  printable,
  resourceOf,
  validate,
} from '@manx/api'
import { type Block, decodeBlock } from '@manx/ipam'

/** All blocks, in the order of their addresses. One that makes no sense is told of, and hinders nothing else. */
export async function readBlocks(client: KubernetesClient, warn: (text: string) => void): Promise<Block[]> {
  const { items } = await client.list(resourceOf(IPAMBlock))
  const blocks = items.flatMap((stored) => {
    const block = decoded(stored)
    if (typeof block !== 'string') return [block]
    warn(printable(`A block was passed over: ${block}`))
    return []
  })
  return blocks.sort((a, b) => comparePrefixes(a.prefix, b.prefix))
}

/** The block, or what is wrong with it. */
function decoded(stored: IPAMBlock): Block | string {
  const { name } = stored.metadata
  const issues = validate(IPAMBlock, stored, { unknownFields: 'ignore' })
  if (issues.length > 0) return describeIssues(IPAMBlock, name, issues)
  try {
    return decodeBlock(stored.spec)
  } catch (error) {
    return `IPAMBlock ${name}: ${messageOf(error)}`
  }
}
