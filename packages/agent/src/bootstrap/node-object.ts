import {
  type Family,
  formatAddress,
  type KubernetesClient,
  type Node,
  nodeAnnotations,
  nodeBgpAddresses,
  nodes,
} from '@manx/api'
import type { NodeAddresses } from '../identity/find-identity.ts'

/** The annotations that other nodes and Calico's tools know this node by. */
export function identityAnnotations(
  addresses: NodeAddresses,
  asNumber: number | undefined,
): Readonly<Record<string, string | null>> {
  const text = (family: Family) => {
    const found = addresses[family]
    return found === undefined ? null : `${formatAddress(found.address)}/${found.length}`
  }
  return {
    [nodeAnnotations.ipv4Address]: text(4),
    [nodeAnnotations.ipv6Address]: text(6),
    // An AS number that was annotated by hand stays when the environment has none.
    ...(asNumber === undefined ? {} : { [nodeAnnotations.asNumber]: String(asNumber) }),
  }
}

/** Writes the annotations that differ, through nodes/status: the right to change all of a Node is not needed. */
export async function annotateNode(
  client: KubernetesClient,
  node: Node,
  wanted: Readonly<Record<string, string | null>>,
  signal: AbortSignal,
): Promise<boolean> {
  const present = node.metadata.annotations ?? {}
  const changes = Object.entries(wanted).filter(([name, value]) => (present[name] ?? null) !== value)
  if (changes.length === 0) return false
  const annotations = Object.fromEntries(changes)
  await client.patchStatus(nodes, node.metadata.name, { metadata: { annotations } }, { signal })
  return true
}

/** Nodes that have one of these addresses already; both would be unreachable in turns. */
export function nodesWithSameAddress(
  addresses: NodeAddresses,
  own: string,
  others: Iterable<Pick<Node, 'metadata'>>,
): readonly string[] {
  const names: string[] = []
  for (const other of others) {
    if (other.metadata.name === own) continue
    const { v4, v6 } = nodeBgpAddresses(other)
    const same = [v4, v6].some(
      (theirs) => theirs !== undefined && addresses[theirs.address.family]?.address.value === theirs.address.value,
    )
    if (same) names.push(other.metadata.name)
  }
  return names
}

/** Tells the cluster that the node's network works; cloud providers wait for it. */
export async function setNetworkAvailable(client: KubernetesClient, name: string, signal: AbortSignal): Promise<void> {
  const node = await client.get(nodes, name, { signal })
  const present = node.status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')
  if (present?.status === 'False' && present.reason === 'ManxIsUp') return
  const now = new Date().toISOString()
  const condition = {
    type: 'NetworkUnavailable',
    status: 'False',
    reason: 'ManxIsUp',
    message: 'Manx is running on this node',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  // Strategic, so that the conditions of others stay.
  await client.patchStatus(nodes, name, { status: { conditions: [condition] } }, { signal, type: 'strategic' })
}
