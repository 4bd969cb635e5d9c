import {
  affinityLabels,
  BlockAffinity,
  ClusterInformation,
  type Condition,
  createInformer,
  type Informer,
  IPAMBlock,
  IPAMConfiguration,
  IPPool,
  IPReservation,
  type KubernetesClient,
  type Labels,
  type Logger,
  nodes,
  type Prefix,
  parsePrefix,
  resourceOf,
} from '@manx/api'
import { reservedPrefixes } from '../allocator/cluster-view.ts'
import { allocationsOf } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { IpamError } from '../ipam-error.ts'
import type { BlockSummary } from '../pools/find-block.ts'
import { decodePool, type Pool } from '../pools/pool.ts'
import { noReservations } from '../pools/reservations.ts'
import { summarise } from '../pools/summarise.ts'

/** A block without its lists: what the controller keeps in memory for each block of the cluster. */
export interface KnownBlock extends BlockSummary {
  /** Addresses in use, by the node of their pods; '' for those of no node. */
  readonly used: ReadonlyMap<string, number>
}

/** A pool with what its status says of it. */
export interface KnownPool extends Pool {
  readonly generation?: number
  readonly allocatable?: Condition
}

export interface KnownAffinity {
  readonly name: string
  readonly node: string
  readonly prefix: Prefix
  readonly state: BlockAffinity['spec']['state']
  /** False for those that Calico made before it had labels, which nodes cannot list. */
  readonly labelled: boolean
}

export interface IpamInformers {
  readonly nodes: Informer<{ readonly name: string; readonly labels: Labels }>
  readonly pools: Informer<KnownPool>
  readonly blocks: Informer<KnownBlock>
  readonly affinities: Informer<KnownAffinity>
  readonly configurations: Informer<Pick<IPAMConfiguration, 'spec'>>
  readonly clusterInformations: Informer<Pick<ClusterInformation, 'spec'>>
  readonly reservations: Informer<readonly Prefix[]>
}

export function createIpamInformers(client: KubernetesClient, logger: Logger): IpamInformers {
  return {
    nodes: createInformer(client, nodes, {
      logger,
      project: ({ metadata }) => ({ name: metadata.name, labels: metadata.labels ?? {} }),
    }),
    pools: createInformer(client, resourceOf(IPPool), { logger, project: projectPool }),
    blocks: createInformer(client, resourceOf(IPAMBlock), { logger, project: projectBlock }),
    affinities: createInformer(client, resourceOf(BlockAffinity), { logger, project: projectAffinity }),
    configurations: createInformer(client, resourceOf(IPAMConfiguration), {
      logger,
      project: ({ spec }) => ({ spec }),
    }),
    clusterInformations: createInformer(client, resourceOf(ClusterInformation), {
      logger,
      project: ({ spec }) => ({ spec }),
    }),
    reservations: createInformer(client, resourceOf(IPReservation), {
      logger,
      project: ({ spec }) => reservedPrefixes(spec),
    }),
  }
}

export function projectPool(stored: IPPool): KnownPool {
  const { generation } = stored.metadata
  const allocatable = stored.status?.conditions?.find(({ type }) => type === 'Allocatable')
  return {
    ...decodePool(stored),
    ...(generation === undefined ? {} : { generation }),
    ...(allocatable === undefined ? {} : { allocatable }),
  }
}

export function projectBlock(stored: IPAMBlock): KnownBlock {
  const summary = summarise(stored, noReservations)
  if (summary === undefined) throw new IpamError('Malformed', `spec.cidr "${stored.spec.cidr}" is not a CIDR`)
  const used = new Map<string, number>()
  for (const { attributes } of allocationsOf(decodeBlock(stored.spec))) {
    const { node = '' } = attributes.owner
    used.set(node, (used.get(node) ?? 0) + 1)
  }
  return { ...summary, used }
}

export function projectAffinity({ metadata, spec }: BlockAffinity): KnownAffinity {
  const prefix = parsePrefix(spec.cidr)
  if (prefix === undefined) throw new IpamError('Malformed', `spec.cidr "${spec.cidr}" is not a CIDR`)
  const node = (spec.type ?? 'host') === 'virtual' ? '' : spec.node
  return {
    name: metadata.name,
    node,
    prefix,
    state: spec.state,
    labelled: metadata.labels?.[affinityLabels.hostnameHash] !== undefined,
  }
}
