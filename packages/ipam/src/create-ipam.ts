import { BlockAffinity, IPAMBlock, IPAMHandle, type KubernetesClient, type Logger, resourceOf } from '@manx/api'
import { AddressChooser } from './allocator/address-chooser.ts'
import { Allocator, type Wish } from './allocator/allocator.ts'
import { BlockChooser } from './allocator/block-chooser.ts'
import { createClusterView, type IpamStores } from './allocator/cluster-view.ts'
import { NodeBlocks } from './allocator/node-blocks.ts'
import { type AddressRelease, Releaser } from './allocator/releaser.ts'
import type { Assignment, AssignRequest } from './allocator/request.ts'
import { Handles } from './datastore/handles.ts'
import { type IpamClient, ObjectStore } from './datastore/object-store.ts'
import { IpamError } from './ipam-error.ts'
import { KeyedMutex } from './keyed-mutex.ts'

export interface IpamOptions {
  readonly client: IpamClient & Pick<KubernetesClient, 'get' | 'list'>
  /** The Kubernetes node that the addresses are for. */
  readonly node: string
  readonly logger: Logger
  readonly stores?: IpamStores
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number
}

/** The addresses of one node's pods. One instance per process: it groups the writes of all requests. */
export interface Ipam {
  /** Takes all addresses of the request or none. Throws `IpamError`, which says why, or `ApiError`. */
  assign(request: AssignRequest): Promise<Assignment[]>
  /** Gives back whatever the handle holds; nothing is fine too. Returns how many addresses that were. */
  releaseByHandle(handle: string, signal?: AbortSignal): Promise<number>
  /** Gives back single addresses, and returns those that nobody held. Throws `Reassigned` when a guard does not hold. */
  releaseAddresses(requests: readonly AddressRelease[], signal?: AbortSignal): Promise<string[]>
}

export function createIpam({ client, node, logger, stores, now = Date.now }: IpamOptions): Ipam {
  const view = createClusterView(client, node, stores)
  const objects = {
    blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
    affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
  }
  const handles = new Handles(new ObjectStore(client, resourceOf(IPAMHandle)), node)
  let cooldownSeconds = 0
  const blocks = new NodeBlocks({ node, stores: objects, cooldownSeconds: () => cooldownSeconds, now })
  const chooser = new BlockChooser(node, blocks, view, now)
  const addresses = new AddressChooser(node, blocks, view)
  const allocator = new Allocator({ node, handles, now })
  const releaser = new Releaser({
    node,
    view,
    blocks: objects.blocks,
    handles,
    writer: (prefix) => blocks.writer(prefix),
    now,
  })
  const perHandle = new KeyedMutex()

  const checkLock = async () => {
    if (await view.locked()) {
      throw new IpamError('Locked', 'ClusterInformation default has datastoreReady false: addresses cannot change now')
    }
    cooldownSeconds = (await view.settings()).cooldownSeconds
  }
  const wishesOf = async (request: AssignRequest): Promise<Wish[]> => {
    const named = request.addresses ?? []
    if (named.length > 0) return Promise.all(named.map((address) => addresses.wish(address, request)))
    const families = [...(request.families.v4 ? [4 as const] : []), ...(request.families.v6 ? [6 as const] : [])]
    if (families.length === 0) throw new IpamError('InvalidRequest', 'a request must ask for IPv4, IPv6 or both')
    return families.map((family) => ({ family, choose: (tried) => chooser.choose(family, request, tried) }))
  }
  return {
    assign: (request) =>
      perHandle.run(request.handle, async () => {
        await checkLock()
        const assigned = await allocator.take(request, await wishesOf(request))
        logger.debug('Assigned addresses', {
          handle: request.handle,
          node,
          addresses: assigned.map((one) => one.address),
        })
        return assigned
      }),
    releaseByHandle: (handle, signal) =>
      perHandle.run(handle, async () => {
        await checkLock()
        const count = await releaser.byHandle(handle, signal)
        logger.debug('Released addresses', { handle, node, count })
        return count
      }),
    releaseAddresses: async (requests, signal) => {
      await checkLock()
      return releaser.addresses(requests, signal)
    },
  }
}
