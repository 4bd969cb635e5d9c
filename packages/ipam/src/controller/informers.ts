import {
  affinityLabels,
  BlockAffinity,
  ClusterInformation,
  type Condition,
  conditionsOf,
  createInformer,
  type Informer,
  IPAMBlock,
  IPAMConfiguration,
  IPPool,
  IPReservation,
  KubeControllersConfiguration,
  type KubernetesClient,
  type KubernetesObject,
  type Labels,
  type Logger,
  type MalformedObject,
  nodes,
  type Prefix,
  parsePrefix,
  pods,
  resourceOf,
} from '@manx/api'
import { reservedPrefixes } from '../allocator/cluster-view.ts'
import { allocationsOf, cleanHandle } from '../block/block.ts'
import { decodeBlock } from '../block/codec.ts'
import { IpamError } from '../ipam-error.ts'
import type { BlockSummary } from '../pools/find-block.ts'
import { decodeMalformedPool, decodePool, type Pool } from '../pools/pool.ts'
import { noReservations } from '../pools/reservations.ts'
import { summarise } from '../pools/summarise.ts'
import { type KnownPod, knownPod } from './known-pod.ts'
import { poolFinalizer } from './pool-status.ts'

/** A block without its lists: what the controller keeps in memory for each block of the cluster. */
export interface KnownBlock extends BlockSummary {
  /** Addresses in use, by the node of their pods; '' for those of no node. */
  readonly used: ReadonlyMap<string, number>
  readonly allocations: readonly KnownAllocation[]
}

/** An address that a pod was given. Those of no pod are not kept: nobody can say whether they are in use. */
export interface KnownAllocation {
  readonly ordinal: number
  readonly sequenceNumber: bigint
  readonly handle?: string
  readonly namespace: string
  readonly pod: string
  readonly node: string
}

export interface KnownNode {
  readonly name: string
  readonly labels: Labels
  /** Its kubelet works, and so has ended whatever belongs to no pod. */
  readonly ready: boolean
}

/** A pool with what its status says of it. */
export interface KnownPool extends Pool {
  readonly uid?: string
  readonly generation?: number
  readonly conditions: readonly Condition[]
  /** It stays until the controller takes its finalizer off. */
  readonly guarded: boolean
  /** Undefined of a malformed one. */
  readonly spec: IPPool['spec'] | undefined
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
  readonly nodes: Informer<KnownNode>
  readonly pods: Informer<KnownPod>
  readonly pools: Informer<KnownPool>
  readonly blocks: Informer<KnownBlock>
  readonly affinities: Informer<KnownAffinity>
  readonly configurations: Informer<Pick<IPAMConfiguration, 'spec'>>
  readonly clusterInformations: Informer<Pick<ClusterInformation, 'spec'>>
  readonly reservations: Informer<readonly Prefix[]>
  readonly kubeControllers: SettingsInformer
}

/** Its store has what can be followed of a malformed object, or nothing of it. */
export interface SettingsInformer extends Informer<Pick<KubeControllersConfiguration, 'spec'>> {
  /** The names of objects that are malformed now. */
  readonly malformed: ReadonlySet<string>
}

export function createIpamInformers(client: KubernetesClient, logger: Logger): IpamInformers {
  return {
    nodes: createInformer(client, nodes, {
      logger,
      project: ({ metadata, status }) => ({
        name: metadata.name,
        labels: metadata.labels ?? {},
        ready: status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') === true,
      }),
    }),
    pods: createInformer(client, pods, { logger, project: knownPod }),
    pools: createInformer(client, resourceOf(IPPool), {
      logger,
      project: projectPool,
      // As the agents do: all must come to the same open pools.
      salvage: { specOf: ({ spec }) => spec, defaults: ['natOutgoing'] },
      // It has the finalizer all the same, and is not to hang when it is deleted.
      fallback: projectMalformedPool,
    }),
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
    kubeControllers: createSettingsInformer(client, logger),
  }
}

function createSettingsInformer(client: KubernetesClient, logger: Logger): SettingsInformer {
  const malformed = new Set<string>()
  const informer = createInformer(client, resourceOf(KubeControllersConfiguration), {
    logger,
    project: ({ spec }) => ({ spec }),
    salvage: { specOf: ({ spec }) => spec, defaults: 'all' },
    onMalformed: (name, found) => {
      if (found === undefined) malformed.delete(name)
      else malformed.add(name)
    },
  })
  return Object.assign(informer, { malformed })
}

export function projectPool(stored: IPPool): KnownPool {
  const conditions = stored.status?.conditions ?? []
  return { ...decodePool(stored), ...identityOf(stored), conditions, spec: stored.spec }
}

export function projectMalformedPool(stored: MalformedObject, fault: string): KnownPool {
  const conditions = conditionsOf(stored)
  return { ...decodeMalformedPool(stored, fault), ...identityOf(stored), conditions, spec: undefined }
}

function identityOf({ metadata: { uid, generation, finalizers = [] } }: KubernetesObject) {
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    guarded: finalizers.includes(poolFinalizer),
  }
}

export function projectBlock(stored: IPAMBlock): KnownBlock {
  const summary = summarise(stored, noReservations)
  if (summary === undefined) throw new IpamError('Malformed', `spec.cidr "${stored.spec.cidr}" is not a CIDR`)
  const used = new Map<string, number>()
  const allocations: KnownAllocation[] = []
  for (const { ordinal, sequenceNumber, attributes } of allocationsOf(decodeBlock(stored.spec))) {
    const { node = '', namespace = '', pod = '' } = attributes.owner
    used.set(node, (used.get(node) ?? 0) + 1)
    if (node === '' || namespace === '' || pod === '') continue
    const handle = attributes.handle === undefined ? {} : { handle: cleanHandle(attributes.handle) }
    allocations.push({ ordinal, sequenceNumber, ...handle, namespace, pod, node })
  }
  return { ...summary, used, allocations }
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
