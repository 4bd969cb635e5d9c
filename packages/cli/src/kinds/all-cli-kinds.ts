import {
  type AnyKind,
  apiVersionOf,
  BGPConfiguration,
  BGPFilter,
  BGPPeer,
  BlockAffinity,
  CalicoNetworkPolicy,
  CalicoNodeStatus,
  ClusterInformation,
  FelixConfiguration,
  GlobalNetworkPolicy,
  GlobalNetworkSet,
  HostEndpoint,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
  KubeControllersConfiguration,
  NetworkSet,
  type Resource,
  resourceOf,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
  withDefaults,
} from '@manx/api'
import { CliError } from '../cli-error.ts'
import type { CliKind, CliObject, Column } from './cli-kind.ts'
import { field, nameColumn, valueAt } from './columns.ts'
import { explainKubernetesCopy, explainStagedCopy } from './kubernetes-copies.ts'
import { nodeKind } from './node-kind.ts'
import { checkNewPool, retirePool } from './pool-rules.ts'
import { profileKind, workloadEndpointKind } from './views.ts'

type Extra = Omit<CliKind, 'kind' | 'apiVersion' | 'resource' | 'definition' | 'wideColumns' | 'columns'> & {
  readonly columns?: readonly Column[]
  readonly wideColumns?: readonly Column[]
}

function own(definition: AnyKind, { columns = [], wideColumns, ...extra }: Extra): CliKind {
  const complete = (column: Column): Column => ({
    title: column.title,
    value: (object, context) => column.value(withDefaults(definition, object as never) as CliObject, context),
  })
  return {
    kind: definition.kind,
    apiVersion: apiVersionOf(definition),
    resource: resourceOf(definition) as Resource<CliObject>,
    definition,
    columns: [nameColumn, ...columns.map(complete)],
    wideColumns: [nameColumn, ...(wideColumns ?? columns).map(complete)],
    ...extra,
  }
}

const bgpColumns = [
  field('LOGSEVERITY', 'spec.logSeverityScreen'),
  field('MESHENABLED', 'spec.nodeToNodeMeshEnabled', '-'),
  field('ASNUMBER', 'spec.asNumber', '-'),
]

const peerColumns: readonly Column[] = [
  {
    title: 'PEERIP',
    value: (peer) => String(valueAt(peer, 'spec.peerIP') || valueAt(peer, 'spec.peerSelector') || ''),
  },
  {
    title: 'NODE',
    value: (peer) => String(valueAt(peer, 'spec.node') || valueAt(peer, 'spec.nodeSelector') || '(global)'),
  },
  field('ASN', 'spec.asNumber', '0'),
]

const policyTable = {
  columns: [field('TIER', 'spec.tier')],
  wideColumns: [field('TIER', 'spec.tier'), field('ORDER', 'spec.order'), field('SELECTOR', 'spec.selector')],
}

const poolSelector = field('SELECTOR', 'spec.nodeSelector')

/** The kinds that commands know, in the order in which messages list them. */
export const allCliKinds: readonly CliKind[] = [
  own(BGPConfiguration, {
    aliases: ['bgpconfiguration', 'bgpconfigurations', 'bgpconfig', 'bgpconfigs'],
    columns: bgpColumns,
  }),
  own(BGPFilter, {
    aliases: ['bgpfilter', 'bgpfilters', 'bgpf', 'bgpfs', 'bf', 'bfs'],
    columns: ['exportV4', 'importV4', 'exportV6', 'importV6'].map((list) => ({
      title: `NUM${list.toUpperCase()}`,
      value: (filter) => String([valueAt(filter, `spec.${list}`) ?? []].flat().length),
    })),
  }),
  own(BGPPeer, { aliases: ['bgppeer', 'bgppeers', 'bgpp', 'bgpps', 'bp', 'bps'], columns: peerColumns }),
  own(BlockAffinity, {
    aliases: ['blockaffinity', 'blockaffinities', 'affinity', 'affinities'],
    columns: [field('CIDR', 'spec.cidr'), field('NODE', 'spec.node'), field('STATE', 'spec.state')],
  }),
  own(CalicoNodeStatus, {
    aliases: ['caliconodestatus', 'caliconodestatuses', 'nodestatus', 'nodestatuses'],
    columns: [field('NODE', 'spec.node')],
    wideColumns: [field('NODE', 'spec.node'), field('CLASSES', 'spec.classes')],
  }),
  own(ClusterInformation, {
    aliases: ['clusterinformation', 'clusterinformations', 'clusterinfo', 'clusterinfos'],
    columns: [
      field('CLUSTERGUID', 'spec.clusterGUID'),
      field('CLUSTERTYPE', 'spec.clusterType'),
      field('CALICOVERSION', 'spec.calicoVersion'),
      field('DATASTOREREADY', 'spec.datastoreReady'),
    ],
  }),
  own(FelixConfiguration, { aliases: ['felixconfiguration', 'felixconfigurations', 'felixconfig', 'felixconfigs'] }),
  own(GlobalNetworkPolicy, {
    aliases: ['globalnetworkpolicy', 'globalnetworkpolicies', 'gnp', 'gnps'],
    ...policyTable,
  }),
  own(GlobalNetworkSet, {
    aliases: ['globalnetworkset', 'globalnetworksets', 'gnetset', 'gnetsets', 'gns'],
    wideColumns: [field('NETS', 'spec.nets')],
  }),
  own(HostEndpoint, {
    aliases: ['hostendpoint', 'hostendpoints', 'hep', 'heps'],
    columns: [field('NODE', 'spec.node')],
    wideColumns: [
      field('NODE', 'spec.node'),
      field('INTERFACE', 'spec.interfaceName'),
      field('IPS', 'spec.expectedIPs'),
      field('PROFILES', 'spec.profiles'),
    ],
  }),
  own(IPAMBlock, {
    aliases: ['ipamblock', 'ipamblocks'],
    columns: [field('CIDR', 'spec.cidr'), field('AFFINITY', 'spec.affinity')],
  }),
  own(IPAMConfiguration, {
    aliases: ['ipamconfiguration', 'ipamconfigurations', 'ipamconfig', 'ipamconfigs'],
    columns: [field('STRICTAFFINITY', 'spec.strictAffinity'), field('AUTOALLOCATEBLOCKS', 'spec.autoAllocateBlocks')],
    wideColumns: [
      field('STRICTAFFINITY', 'spec.strictAffinity'),
      field('AUTOALLOCATEBLOCKS', 'spec.autoAllocateBlocks'),
      field('MAXBLOCKSPERHOST', 'spec.maxBlocksPerHost'),
    ],
  }),
  own(IPAMHandle, {
    aliases: ['ipamhandle', 'ipamhandles'],
    columns: [field('HANDLE', 'spec.handleID'), field('BLOCKS', 'spec.block')],
  }),
  own(IPPool, {
    aliases: ['ippool', 'ippools', 'ipp', 'ipps', 'pool', 'pools'],
    columns: [field('CIDR', 'spec.cidr'), poolSelector],
    wideColumns: [
      field('CIDR', 'spec.cidr'),
      field('NAT', 'spec.natOutgoing'),
      field('IPIPMODE', 'spec.ipipMode'),
      field('VXLANMODE', 'spec.vxlanMode'),
      field('DISABLED', 'spec.disabled'),
      field('DISABLEBGPEXPORT', 'spec.disableBGPExport'),
      poolSelector,
      field('ASSIGNMENTMODE', 'spec.assignmentMode'),
    ],
    checkNew: checkNewPool,
    beforeDelete: retirePool,
  }),
  own(IPReservation, {
    aliases: ['ipreservation', 'ipreservations', 'reservation', 'reservations'],
    wideColumns: [field('CIDRS', 'spec.reservedCIDRs')],
  }),
  own(KubeControllersConfiguration, {
    aliases: [
      'kubecontrollersconfiguration',
      'kubecontrollersconfigurations',
      'kubecontrollersconfig',
      'kubecontrollersconfigs',
      'kcc',
      'kccs',
    ],
  }),
  own(CalicoNetworkPolicy, {
    aliases: ['networkpolicy', 'networkpolicies', 'policy', 'policies', 'np', 'nps', 'pol', 'pols', 'netpol', 'cnp'],
    ...policyTable,
    explainName: explainKubernetesCopy,
  }),
  own(NetworkSet, {
    aliases: ['networkset', 'networksets', 'netset', 'netsets'],
    wideColumns: [field('NETS', 'spec.nets')],
  }),
  nodeKind,
  profileKind,
  own(StagedGlobalNetworkPolicy, {
    aliases: ['stagedglobalnetworkpolicy', 'stagedglobalnetworkpolicies', 'sgnp', 'sgnps'],
    ...policyTable,
  }),
  own(StagedKubernetesNetworkPolicy, {
    aliases: ['stagedkubernetesnetworkpolicy', 'stagedkubernetesnetworkpolicies', 'sknp', 'sknps', 'skpol', 'skpols'],
    wideColumns: [field('PODSELECTOR', 'spec.podSelector')],
  }),
  own(StagedNetworkPolicy, {
    aliases: [
      'stagednetworkpolicy',
      'stagednetworkpolicies',
      'stagedpolicy',
      'stagedpolicies',
      'snp',
      'snps',
      'spol',
      'spols',
      'scnp',
    ],
    ...policyTable,
    explainName: explainStagedCopy,
  }),
  own(Tier, { aliases: ['tier', 'tiers'], columns: [field('ORDER', 'spec.order')] }),
  workloadEndpointKind,
]

/** The kind by one of its names, in any case, or by the kind of an object. */
export function findKind(name: string): CliKind | undefined {
  const wanted = name.toLowerCase()
  return allCliKinds.find(({ kind, aliases }) => kind.toLowerCase() === wanted || aliases.includes(wanted))
}

/** As `findKind`, for what a user typed. */
export function requireKind(name: string): CliKind {
  const kind = findKind(name)
  if (kind !== undefined) return kind
  const known = allCliKinds.map(({ aliases }) => aliases[0] ?? '').join(', ')
  throw new CliError('Usage', `unknown kind "${name}"; there are: ${known}`)
}
