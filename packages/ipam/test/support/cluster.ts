import {
  type AnyKind,
  BlockAffinity,
  ClusterInformation,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
  type KubernetesClient,
  type KubernetesObject,
  type Labels,
  nodes,
  type ObjectOf,
  type Resource,
  resourceOf,
  silentLogger,
} from '@manx/api'
import { type ApiServer, installKinds, startApiServer } from '../../../api/test/api-server.ts'
import { createIpam, type Ipam } from '../../src/create-ipam.ts'

/** A real API server with our kinds, and short ways to fill and read it. */
export interface Cluster extends AsyncDisposable {
  readonly server: ApiServer
  readonly client: KubernetesClient
  /** Removes everything that the tests make. */
  clear(): Promise<void>
  addNode(name: string, labels?: Labels): Promise<void>
  addPool(name: string, spec: IPPool['spec']): Promise<void>
  configure(spec: IPAMConfiguration['spec']): Promise<void>
  all<K extends AnyKind>(kind: K): Promise<readonly ObjectOf<K>[]>
  /** An allocator with connections of its own, as on a node. */
  ipam(node: string, now?: () => number): Promise<Ipam>
}

const kinds = [IPPool, IPAMBlock, BlockAffinity, IPAMHandle, IPAMConfiguration, ClusterInformation, IPReservation]

export async function startCluster(): Promise<Cluster> {
  const server = await startApiServer()
  const client = await server.client()
  await installKinds(client)
  const clients = [client]
  const stop = async () => {
    await Promise.all(clients.map((one) => one.close()))
    await server.stop()
  }
  return {
    server,
    client,
    clear: async () => {
      for (const resource of [nodes as Resource<KubernetesObject>, ...kinds.map((kind) => resourceOf<AnyKind>(kind))]) {
        const { items } = await client.list(resource)
        await Promise.all(items.map(({ metadata }) => client.delete(resource, metadata.name)))
      }
    },
    addNode: async (name, labels = {}) => {
      await client.create(nodes, { metadata: { name, labels } })
    },
    addPool: async (name, spec) => {
      await client.create(resourceOf(IPPool), { metadata: { name }, spec })
    },
    configure: async (spec) => {
      await client.create(resourceOf(IPAMConfiguration), { metadata: { name: 'default' }, spec })
    },
    all: async (kind) => (await client.list(resourceOf(kind))).items,
    ipam: async (node, now) => {
      const own = await server.client()
      clients.push(own)
      return createIpam({ client: own, node, logger: silentLogger, ...(now === undefined ? {} : { now }) })
    },
    [Symbol.asyncDispose]: stop,
  }
}
