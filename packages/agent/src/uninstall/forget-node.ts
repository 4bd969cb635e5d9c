import { isApiError, type KubernetesClient, nodeAnnotations, nodes } from '@manx/api'

/** Takes back what Manx has written to the Node: its addresses, and that its network works. */
export async function forgetNode(client: KubernetesClient, name: string, signal: AbortSignal): Promise<void> {
  const { ipv4Address, ipv6Address, asNumber } = nodeAnnotations
  const annotations = { [ipv4Address]: null, [ipv6Address]: null, [asNumber]: null }
  try {
    await client.patchStatus(nodes, name, { metadata: { annotations } }, { signal })
    const gone = { status: { conditions: [{ $patch: 'delete', type: 'NetworkUnavailable' }] } }
    await client.patchStatus(nodes, name, gone, { signal, type: 'strategic' })
  } catch (error) {
    // The right to do so may have gone before.
    if (!isApiError(error, 'NotFound', 'Forbidden', 'Unauthorized')) throw error
  }
}
