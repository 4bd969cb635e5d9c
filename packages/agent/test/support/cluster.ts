import { type KubernetesClient, nodes } from '@manx/api'
import { skipReason } from '@manx/testbed'
import { type ApiServer, apiServerSkipReason, installKinds, startApiServer } from '../../../api/test/api-server.ts'
import { buildAgent, TestNode } from './node.ts'

/** A real API server with one node, its Node object, and the bundle of the agent. */
export interface TestCluster extends AsyncDisposable {
  readonly api: ApiServer
  readonly client: KubernetesClient
  readonly node: TestNode
}

/** Why there can be no such cluster here; undefined when there can. */
export function clusterSkipReason(): string | undefined {
  const gobgpd = `${process.env.MANX_COMPONENTS}/gobgpd`
  const commands = ['ip', 'nsenter', 'cc', 'ping', 'curl', 'nft', gobgpd]
  return apiServerSkipReason() ?? skipReason({ root: true, commands })
}

export async function startTestCluster(): Promise<TestCluster> {
  await using parts = new AsyncDisposableStack()
  await buildAgent()
  const api = await startApiServer()
  parts.defer(() => api.stop())
  const client = await api.client()
  parts.defer(() => client.close())
  await installKinds(client)
  const node = parts.use(await TestNode.create('node-1', api))
  await client.create(nodes, { metadata: { name: 'node-1' } })
  await client.patchStatus(nodes, 'node-1', { status: { addresses: [{ type: 'InternalIP', address: '10.50.0.1' }] } })
  const all = parts.move()
  return { api, client, node, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
