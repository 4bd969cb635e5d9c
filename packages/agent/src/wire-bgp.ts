import { join } from 'node:path'
import { type Bgp, createBgp } from '@manx/bgp'
import type { PartsOptions } from './create-parts.ts'
import type { Informers } from './inputs/informers.ts'

/** BGP over what the agent watches. */
export function wireBgp(options: PartsOptions, informers: Informers, synced: Promise<unknown>): Bgp {
  const { client, config, logger } = options
  return createBgp({
    logger,
    node: config.node,
    stores: {
      nodes: informers.nodes.store,
      bgpConfigurations: informers.bgpConfigurations.store,
      bgpPeers: informers.bgpPeers.store,
      ipPools: informers.ipPools.store,
      blockAffinities: informers.blockAffinities.store,
    },
    synced,
    gobgpSocket: config.gobgpSocket,
    statePath: join(config.stateFolder, 'bgp.json'),
    secrets: { client, namespace: config.namespace },
    settings: {
      importAll: config.importAll,
      ...(config.routerId === undefined ? {} : { routerId: config.routerId }),
    },
  })
}
