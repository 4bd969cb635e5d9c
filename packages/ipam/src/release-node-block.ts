import { BlockAffinity, IPAMBlock, type Prefix, resourceOf } from '@manx/api'
import { releaseAffinity } from './datastore/affinities.ts'
import { type IpamClient, ObjectStore } from './datastore/object-store.ts'

/** Takes an empty block from its node, for a person who knows why. Throws `NotEmpty` when it is in use. */
export async function releaseNodeBlock(client: IpamClient, node: string, prefix: Prefix): Promise<void> {
  const stores = {
    blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
    affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
  }
  await releaseAffinity(stores, node, prefix, { requireEmpty: true })
}
