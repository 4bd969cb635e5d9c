import {
  BGPConfiguration,
  BGPFilter,
  BGPPeer,
  BlockAffinity,
  CalicoNodeStatus,
  ClusterInformation,
  FelixConfiguration,
  GlobalNetworkSet,
  HostEndpoint,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  IPReservation,
  KubeControllersConfiguration,
  NetworkSet,
} from '../../src/index.ts'
import { type Row, right, wrong } from './row.ts'

const many = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index))
const v4 = { cidr: '10.0.0.0/16' }
const v6 = { cidr: 'fd00::/48' }
const balancer = { cidr: '192.0.2.0/24', allowedUses: ['LoadBalancer'] }

const poolRows: readonly Row[] = [
  right(IPPool, v4),
  right(IPPool, { ...v4, ipipMode: 'Never', vxlanMode: 'Never', blockSize: 32 }),
  right(IPPool, {
    ...v6,
    blockSize: 116,
    namespaceSelector: 'has(x)',
    assignmentMode: 'Manual',
    allowedUses: ['Workload'],
  }),
  right(IPPool, { cidr: '10.0.0.0/31', disabled: true }),
  right(IPPool, { ...balancer, nodeSelector: 'all()' }),
  wrong(IPPool, {}, 'spec.cidr is required'),
  wrong(IPPool, { cidr: '10.0.0.0' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '10.0.0.1/16' }, 'spec.cidr must have no bits set beyond its length: write 10.0.0.0/16'),
  wrong(IPPool, { cidr: `${'0'.repeat(50)}::/8` }, 'spec.cidr must have at most 48'),
  wrong(IPPool, { cidr: '010.0.0.0/8' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '::ffff:10.0.0.0/112' }, 'spec.cidr must be a CIDR'),
  wrong(IPPool, { cidr: '169.254.0.0/16' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { cidr: '168.0.0.0/7' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { cidr: 'fe80::/64' }, 'spec.cidr must not overlap the link-local addresses'),
  wrong(IPPool, { ...v4, blockSize: 19 }, 'spec.blockSize must be 20 to 32'),
  wrong(IPPool, { ...v4, blockSize: 33 }, 'spec.blockSize must be 20 to 32'),
  wrong(IPPool, { ...v6, blockSize: 115 }, 'spec.blockSize must be 116 to 128'),
  wrong(IPPool, { ...v6, blockSize: 129 }, 'spec.blockSize must be a whole number from 0 up to 128'),
  wrong(IPPool, { cidr: '10.0.0.0/27' }, 'spec.cidr must be at least as large as one block'),
  ...['Always', 'CrossSubnet'].flatMap((mode) => [
    wrong(IPPool, { ...v4, ipipMode: mode }, 'spec.ipipMode must be Never: Manx routes pod packets as they are'),
    wrong(IPPool, { ...v4, vxlanMode: mode }, 'spec.vxlanMode must be Never: Manx routes pod packets as they are'),
  ]),
  wrong(IPPool, { ...v6, ipipMode: 'Always' }, 'spec.ipipMode must be Never'),
  wrong(IPPool, { ...v4, nodeSelector: 'global()' }, 'spec.nodeSelector must not use global()'),
  wrong(IPPool, { ...v4, namespaceSelector: '!global()' }, 'spec.namespaceSelector must not use global()'),
  wrong(IPPool, { ...v4, nodeSelector: 'has(' }, 'spec.nodeSelector', { onlyClient: 'selectors' }),
  wrong(IPPool, { ...v4, assignmentMode: 'Random' }, 'spec.assignmentMode must be one of'),
  wrong(IPPool, { ...v4, allowedUses: ['Pod'] }, 'spec.allowedUses[0] must be one of'),
  wrong(IPPool, { ...v4, allowedUses: ['Tunnel', 'Tunnel'] }, 'spec.allowedUses[1] must not be there twice'),
  wrong(IPPool, { ...balancer, allowedUses: ['LoadBalancer', 'Workload'] }, 'spec.allowedUses LoadBalancer cannot'),
  wrong(IPPool, { ...balancer, nodeSelector: 'has(x)' }, 'spec.nodeSelector must be all()'),
  wrong(IPPool, { ...balancer, disableBGPExport: true }, 'spec.disableBGPExport must be false'),
  wrong(IPPool, { ...balancer, vxlanMode: 'Always' }, 'spec.vxlanMode must be Never'),
  wrong(
    IPPool,
    { ...v4, allowedUses: ['Tunnel'], namespaceSelector: 'has(x)' },
    'spec.namespaceSelector cannot be combined with the use Tunnel',
  ),
]

const block = {
  cidr: '10.0.0.0/30',
  allocations: [0, null, null, null],
  unallocated: [1, 2, 3],
  attributes: [{ handle_id: 'h' }],
  strictAffinity: false,
}
const ipamRows: readonly Row[] = [
  right(IPReservation, { reservedCIDRs: ['10.0.0.0/28', '2001:db8::/64', '10.0.0.1'] }),
  wrong(IPReservation, { reservedCIDRs: ['10.0.0.0/40'] }, 'spec.reservedCIDRs[0] must be a CIDR'),
  wrong(
    IPReservation,
    { reservedCIDRs: ['10.0.0.0/8', '10.0.0.0/8'] },
    'spec.reservedCIDRs[1] must not be there twice',
  ),
  right(IPAMConfiguration, {}),
  right(IPAMConfiguration, { strictAffinity: true, autoAllocateBlocks: false, maxBlocksPerHost: 1_000_000 }),
  right(IPAMConfiguration, { ipCooldownSeconds: 1200, kubeVirtVMAddressPersistence: 'Disabled' }),
  wrong(IPAMConfiguration, {}, 'metadata.name must be default', { name: 'other' }),
  wrong(IPAMConfiguration, { autoAllocateBlocks: false }, 'spec.autoAllocateBlocks must be true unless strictAffinity'),
  wrong(IPAMConfiguration, { maxBlocksPerHost: 2 }, 'spec.maxBlocksPerHost must be 0 unless strictAffinity'),
  wrong(IPAMConfiguration, { maxBlocksPerHost: -1 }, 'spec.maxBlocksPerHost must be a whole number'),
  wrong(IPAMConfiguration, { ipCooldownSeconds: 1201 }, 'spec.ipCooldownSeconds must be a whole number'),
  wrong(IPAMConfiguration, { kubeVirtVMAddressPersistence: 'On' }, 'spec.kubeVirtVMAddressPersistence must be one of'),
  right(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: 'confirmed' }),
  right(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: '', type: 'host', deleted: true }),
  wrong(BlockAffinity, { node: 'a', state: 'confirmed' }, 'spec.cidr is required'),
  wrong(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: 'mine' }, 'spec.state must be one of'),
  wrong(BlockAffinity, { cidr: '10.0.0.0/26', node: 'a', state: '', deleted: 'false' }, 'spec.deleted must be true or'),
  right(IPAMHandle, { handleID: 'h', block: { '10.0.0.0/26': 1 } }),
  wrong(IPAMHandle, { handleID: 'h' }, 'spec.block is required'),
  wrong(IPAMHandle, { handleID: 'h', block: { x: '1' } }, 'spec.block[x] must be a whole number'),
  right(IPAMBlock, { ...block, affinity: 'host:node-1', affinityClaimTime: '2026-01-01T00:00:00Z' }),
  wrong(IPAMBlock, { ...block, affinity: 'node' }, 'spec.affinity must match'),
  wrong(IPAMBlock, { ...block, affinityClaimTime: 'today' }, 'spec.affinityClaimTime must be a time'),
  wrong(IPAMBlock, { ...block, allocations: [0] }, 'spec.allocations must have one entry', { onlyClient: 'blocks' }),
  wrong(IPAMBlock, { ...block, attributes: [] }, 'spec.allocations[0] must be null or', { onlyClient: 'blocks' }),
  wrong(IPAMBlock, { ...block, unallocated: [4] }, 'spec.unallocated[0] must be 0 to 3', { onlyClient: 'blocks' }),
  right(ClusterInformation, { datastoreReady: true }),
  wrong(ClusterInformation, {}, 'metadata.name must be default', { name: 'x' }),
]

const named = { communities: [{ name: 'blue', value: '64512:100' }] }
const advertised = (...communities: string[]) => ({ prefixAdvertisements: [{ cidr: '10.0.0.0/8', communities }] })
const bgpConfigurationRows: readonly Row[] = [
  right(BGPConfiguration, { asNumber: 4_294_967_295, listenPort: 65_535, bindMode: 'NodeIP' }),
  right(BGPConfiguration, { ...named, ...advertised('blue', '65535:0', '4294967295:1:2') }),
  right(BGPConfiguration, {
    nodeMeshMaxRestartTime: '2m',
    nodeMeshPassword: { secretKeyRef: { name: 's', key: 'k' } },
  }),
  right(BGPConfiguration, { logSeverityScreen: 'dEBUG', ipv4NormalRoutePriority: 2_147_483_646 }),
  right(BGPConfiguration, { listenPort: 1179, logSeverityScreen: 'Debug', ...advertised('blue') }, { name: 'node.a' }),
  right(BGPConfiguration, { programClusterRoutes: 'EnabledNoEncapOnly', localWorkloadPeeringIPV6: 'fd00::1' }),
  wrong(BGPConfiguration, {}, 'metadata.name must be default, or node.NAME', { name: 'other' }),
  wrong(BGPConfiguration, { asNumber: 1 }, 'spec.asNumber cannot be set for one node', { name: 'node.a' }),
  wrong(
    BGPConfiguration,
    { serviceLoadBalancerAggregation: 'Disabled' },
    'spec.serviceLoadBalancerAggregation cannot',
    {
      name: 'node.a',
    },
  ),
  wrong(BGPConfiguration, { asNumber: 4_294_967_296 }, 'spec.asNumber must be a whole number'),
  wrong(BGPConfiguration, { asNumber: '1.0' }, 'spec.asNumber must be a whole number'),
  wrong(BGPConfiguration, { logSeverityScreen: 'Loud' }, 'spec.logSeverityScreen must be one of'),
  wrong(BGPConfiguration, { listenPort: 0 }, 'spec.listenPort must be a whole number from 1'),
  wrong(BGPConfiguration, { bindMode: 'All' }, 'spec.bindMode must be one of'),
  wrong(BGPConfiguration, { ignoredInterfaces: ['a', 'a'] }, 'spec.ignoredInterfaces[1] must not be there twice'),
  wrong(
    BGPConfiguration,
    { serviceClusterIPs: [{ cidr: '10.0.0.0' }] },
    'spec.serviceClusterIPs[0].cidr must be a CIDR',
  ),
  wrong(BGPConfiguration, { ipv6NormalRoutePriority: 0 }, 'spec.ipv6NormalRoutePriority must be a whole number'),
  wrong(BGPConfiguration, { nodeMeshMaxRestartTime: '2 minutes' }, 'spec.nodeMeshMaxRestartTime must be a duration'),
  wrong(BGPConfiguration, { localWorkloadPeeringIPV4: 'fd00::1' }, 'spec.localWorkloadPeeringIPV4 must be an IPv4'),
  wrong(BGPConfiguration, { localWorkloadPeeringIPV6: '10.0.0.1' }, 'spec.localWorkloadPeeringIPV6 must be an IPv6'),
  wrong(BGPConfiguration, { programClusterRoutes: 'Yes' }, 'spec.programClusterRoutes must be one of'),
  wrong(
    BGPConfiguration,
    { nodeToNodeMeshEnabled: false, nodeMeshPassword: { secretKeyRef: { name: 's', key: 'k' } } },
    'spec.nodeMeshPassword needs nodeToNodeMeshEnabled',
  ),
  wrong(
    BGPConfiguration,
    { nodeToNodeMeshEnabled: false, nodeMeshMaxRestartTime: '1m' },
    'spec.nodeMeshMaxRestartTime needs nodeToNodeMeshEnabled',
  ),
  wrong(
    BGPConfiguration,
    { nodeMeshPassword: { secretKeyRef: {} } },
    'spec.nodeMeshPassword.secretKeyRef.key is required',
  ),
  wrong(BGPConfiguration, named, 'spec.communities needs prefixAdvertisements'),
  ...['65536:1', '1:65536', '1', '1:2:3:4', '4294967296:1:1', 'a:b'].map((value) =>
    wrong(
      BGPConfiguration,
      { communities: [{ name: 'a', value }], ...advertised() },
      'spec.communities[0].value must be aa:nn',
    ),
  ),
  wrong(BGPConfiguration, advertised('red'), 'spec.prefixAdvertisements[0].communities[0] must be a name', {
    onlyClient: 'names',
  }),
  wrong(BGPConfiguration, advertised('65536:1'), 'spec.prefixAdvertisements[0].communities[0] must be aa:nn', {
    onlyClient: 'names',
  }),
  wrong(
    BGPConfiguration,
    advertised(...(many(51, String) as string[])),
    'spec.prefixAdvertisements[0].communities must have at',
  ),
]

const router = { peerIP: '192.0.2.1', asNumber: 64_512 }
const peerRows: readonly Row[] = [
  right(BGPPeer, router),
  ...['192.0.2.1:179', '2001:db8::1', '[2001:db8::1]:1179', '[2001:db8::1]'].map((peerIP) =>
    right(BGPPeer, { ...router, peerIP }),
  ),
  ...['router', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:179', 'fe80::1%eth0', '192.0.2.256', '[::1', '1:2'].map(
    (peerIP) => wrong(BGPPeer, { ...router, peerIP }, 'spec.peerIP must be an address such as'),
  ),
  right(BGPPeer, { nodeSelector: 'has(x)', peerSelector: 'has(y)' }),
  right(BGPPeer, { localWorkloadSelector: 'has(x)', asNumber: 65_000 }),
  right(BGPPeer, { ...router, node: 'a', reachableBy: '192.0.2.254', ttlSecurity: 255, nextHopMode: 'Self' }),
  right(BGPPeer, { ...router, keepOriginalNextHop: true, sourceAddress: 'None', reversePeering: 'Manual' }),
  wrong(BGPPeer, {}, 'spec.peerIP one of peerIP, peerSelector and localWorkloadSelector'),
  wrong(BGPPeer, { ...router, node: 'a', nodeSelector: 'all()' }, 'spec.node cannot be combined with nodeSelector'),
  wrong(BGPPeer, { ...router, peerSelector: 'all()', asNumber: 0 }, 'spec.peerIP cannot be combined with peerSelector'),
  wrong(BGPPeer, { peerSelector: 'all()', asNumber: 1 }, 'spec.asNumber must be empty with peerSelector'),
  wrong(BGPPeer, { peerIP: '192.0.2.1' }, 'spec.asNumber is required'),
  wrong(BGPPeer, { localWorkloadSelector: 'all()' }, 'spec.asNumber is required'),
  wrong(BGPPeer, { ...router, localWorkloadSelector: 'all()' }, 'spec.peerIP cannot be combined with'),
  wrong(BGPPeer, { peerSelector: 'all()', localWorkloadSelector: 'all()' }, 'spec.peerSelector cannot be combined'),
  wrong(BGPPeer, { peerSelector: 'all()', reachableBy: '192.0.2.1' }, 'spec.reachableBy needs peerIP'),
  wrong(BGPPeer, { ...router, reachableBy: 'fd00::1' }, 'spec.reachableBy must be of the same family'),
  wrong(
    BGPPeer,
    { ...router, peerIP: '[fd00::1]:179', reachableBy: '192.0.2.1' },
    'spec.reachableBy must be of the same',
  ),
  wrong(BGPPeer, { ...router, reachableBy: 'gateway' }, 'spec.reachableBy must be'),
  wrong(BGPPeer, { ...router, nextHopMode: 'Keep', keepOriginalNextHop: true }, 'spec.keepOriginalNextHop cannot be'),
  wrong(BGPPeer, { ...router, nextHopMode: 'Other' }, 'spec.nextHopMode must be one of'),
  wrong(BGPPeer, { ...router, sourceAddress: '192.0.2.1' }, 'spec.sourceAddress must be one of'),
  wrong(BGPPeer, { ...router, reversePeering: 'Never' }, 'spec.reversePeering must be Auto or Manual'),
  wrong(BGPPeer, { ...router, ttlSecurity: 256 }, 'spec.ttlSecurity must be a whole number'),
  wrong(BGPPeer, { ...router, numAllowedLocalASNumbers: -1 }, 'spec.numAllowedLocalASNumbers must be a whole number'),
  wrong(BGPPeer, { ...router, keepaliveTime: 'soon' }, 'spec.keepaliveTime must be a duration'),
  wrong(BGPPeer, { ...router, nodeSelector: 'has(' }, 'spec.nodeSelector', { onlyClient: 'selectors' }),
]

const filter = (rule: object, list = 'importV4') => ({ [list]: [{ action: 'Accept', ...rule }] })
const at = 'spec.importV4[0]'
const filterRows: readonly Row[] = [
  right(BGPFilter, {}),
  right(BGPFilter, filter({ cidr: '10.0.0.0/8', matchOperator: 'In', prefixLength: { min: 16, max: 32 } })),
  right(BGPFilter, filter({ cidr: 'fd00::/8', matchOperator: 'NotIn', prefixLength: { max: 128 } }, 'exportV6')),
  right(BGPFilter, filter({ source: 'RemotePeers', interface: 'eth*', peerType: 'eBGP', priority: 1024 })),
  right(BGPFilter, filter({ communities: { values: ['65535:65535'] }, asPathPrefix: [64_512, 4_294_967_295] })),
  right(
    BGPFilter,
    filter({
      operations: [
        { addCommunity: { value: '1:2:4294967295' } },
        { prependASPath: { prefix: [1, 2] } },
        { setPriority: { value: 1 } },
      ],
    }),
  ),
  wrong(BGPFilter, { importV4: [{}] }, `${at}.action is required`),
  wrong(BGPFilter, filter({ action: 'Allow' }), `${at}.action must be one of Accept, Reject`),
  wrong(BGPFilter, filter({ cidr: '10.0.0.0/8' }), `${at}.cidr must be there together with matchOperator`),
  wrong(BGPFilter, filter({ matchOperator: 'In' }), `${at}.cidr must be there together with matchOperator`),
  wrong(BGPFilter, filter({ prefixLength: { min: 8 } }), `${at}.prefixLength needs cidr`),
  wrong(BGPFilter, filter({ cidr: 'fd00::/8', matchOperator: 'In' }), `${at}.cidr must be an IPv4 CIDR`),
  wrong(
    BGPFilter,
    filter({ cidr: '10.0.0.0/8', matchOperator: 'In' }, 'exportV6'),
    'spec.exportV6[0].cidr must be an IPv6',
  ),
  wrong(BGPFilter, filter({ cidr: '10.0.0.0/8', matchOperator: 'Is' }), `${at}.matchOperator must be one of`),
  wrong(
    BGPFilter,
    filter({ cidr: '10.0.0.0/8', matchOperator: 'In', prefixLength: { max: 33 } }),
    `${at}.prefixLength.max must be a whole number from 0 up to 32`,
  ),
  wrong(BGPFilter, filter({ source: 'Local' }), `${at}.source must be one of RemotePeers`),
  wrong(BGPFilter, filter({ interface: 'x'.repeat(16) }), `${at}.interface must have at most 15`),
  wrong(BGPFilter, filter({ peerType: 'ebgp' }), `${at}.peerType must be one of`),
  wrong(BGPFilter, filter({ communities: { values: [] } }), `${at}.communities.values must have at least 1`),
  wrong(BGPFilter, filter({ communities: { values: ['1:1', '1:2'] } }), `${at}.communities.values must have at most 1`),
  ...['65536:1', '01:1', '1', '1:1:4294967296'].map((value) =>
    wrong(BGPFilter, filter({ communities: { values: [value] } }), `${at}.communities.values[0] must be aa:nn`),
  ),
  wrong(BGPFilter, filter({ asPathPrefix: [4_294_967_296] }), `${at}.asPathPrefix[0] must be a whole number`),
  wrong(BGPFilter, filter({ priority: 0 }), `${at}.priority must be a whole number`),
  wrong(BGPFilter, filter({ operations: [] }), `${at}.operations must have at least 1`),
  wrong(BGPFilter, filter({ operations: [{}] }), `${at}.operations[0] must have just one of`),
  wrong(
    BGPFilter,
    filter({ operations: [{ setPriority: { value: 1 }, prependASPath: { prefix: [1] } }] }),
    `${at}.operations[0] must have just one of`,
  ),
  wrong(
    BGPFilter,
    filter({ action: 'Reject', operations: [{ setPriority: { value: 1 } }] }),
    `${at}.operations needs action Accept`,
  ),
  wrong(
    BGPFilter,
    filter({ operations: [{ prependASPath: { prefix: many(11, () => 1) } }] }),
    `${at}.operations[0].prependASPath.prefix must have at most 10`,
  ),
  wrong(
    BGPFilter,
    filter({ operations: many(11, () => ({ setPriority: { value: 1 } })) }),
    `${at}.operations must have at`,
  ),
]

const setRows: readonly Row[] = [NetworkSet, GlobalNetworkSet].flatMap((kind) => [
  right(kind, {}),
  right(kind, { nets: ['10.0.0.0/8', '192.0.2.1', 'fd00::/8', '2001:db8::1', '10.1.2.3/8'] }),
  right(kind, { nets: many(20_000, (index) => `10.${index % 250}.${Math.floor(index / 250)}.1`) }),
  ...['10.0.0.0/33', 'example.com', '10.0.0.01', '::ffff:10.0.0.1', ''].map((net) =>
    wrong(kind, { nets: [net] }, 'spec.nets[0] must be a CIDR'),
  ),
  wrong(kind, { nets: ['10.0.0.1', '10.0.0.1'] }, 'spec.nets[1] must not be there twice'),
])

const host = { node: 'a', interfaceName: 'eth0' }
const hostRows: readonly Row[] = [
  right(HostEndpoint, host),
  right(HostEndpoint, { node: 'a', interfaceName: '*', profiles: ['projectcalico-default-allow'] }),
  right(HostEndpoint, { node: 'a', expectedIPs: ['192.0.2.1', '2001:db8::1'] }),
  right(HostEndpoint, { ...host, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }),
  right(HostEndpoint, { ...host, ports: [{ name: 'dns', port: 53, protocol: 17 }] }),
  wrong(HostEndpoint, { interfaceName: 'eth0' }, 'spec.node must be the name of a node'),
  wrong(HostEndpoint, { node: '', interfaceName: 'eth0' }, 'spec.node must be the name of a node'),
  wrong(HostEndpoint, { node: 'a' }, 'spec must have interfaceName or expectedIPs'),
  wrong(HostEndpoint, { node: 'a', interfaceName: '', expectedIPs: [] }, 'spec must have interfaceName or expectedIPs'),
  wrong(HostEndpoint, { node: 'a', interfaceName: 'x'.repeat(16) }, 'spec.interfaceName must have at most 15'),
  wrong(HostEndpoint, { node: 'a', interfaceName: 'a b' }, 'spec.interfaceName must be the name of an interface'),
  wrong(HostEndpoint, { node: 'a', expectedIPs: ['10.0.0.0/8'] }, 'spec.expectedIPs[0] must be an IPv4'),
  wrong(HostEndpoint, { node: 'a', expectedIPs: ['10.0.0.1', '10.0.0.1'] }, 'spec.expectedIPs[1] must not be there'),
  wrong(HostEndpoint, { ...host, ports: [{ name: 'x', port: 80 }] }, 'spec.ports[0].protocol is required'),
  wrong(
    HostEndpoint,
    { ...host, ports: [{ name: 'x', port: 80, protocol: 'ICMP' }] },
    'spec.ports[0].protocol must be',
  ),
  wrong(
    HostEndpoint,
    { ...host, ports: [{ name: 'x', port: 0, protocol: 'TCP' }] },
    'spec.ports[0].port must be a whole',
  ),
  wrong(HostEndpoint, { ...host, ports: [{ name: 'x y', port: 1, protocol: 'TCP' }] }, 'spec.ports[0].name must be'),
  wrong(HostEndpoint, { ...host, profiles: ['a', 'a'] }, 'spec.profiles[1] must not be there twice'),
]

const controllers = (spec: object) => ({ controllers: spec })
const controllersRows: readonly Row[] = [
  right(KubeControllersConfiguration, controllers({})),
  right(KubeControllersConfiguration, {
    ...controllers({ node: { leakGracePeriod: '0s', hostEndpoint: { autoCreate: 'Enabled', templates: [{}] } } }),
    prometheusMetricsPort: 0,
  }),
  wrong(KubeControllersConfiguration, controllers({}), 'metadata.name must be default', { name: 'x' }),
  wrong(KubeControllersConfiguration, {}, 'spec.controllers is required'),
  wrong(
    KubeControllersConfiguration,
    { ...controllers({}), logSeverityScreen: 'info' },
    'spec.logSeverityScreen must be',
  ),
  wrong(KubeControllersConfiguration, { ...controllers({}), healthChecks: 'On' }, 'spec.healthChecks must be one of'),
  wrong(
    KubeControllersConfiguration,
    { ...controllers({}), debugProfilePort: 65_536 },
    'spec.debugProfilePort must be a whole number',
  ),
  wrong(
    KubeControllersConfiguration,
    controllers({ policy: { reconcilerPeriod: 'often' } }),
    'spec.controllers.policy.reconcilerPeriod must be a duration',
  ),
  wrong(
    KubeControllersConfiguration,
    controllers({ loadBalancer: { assignIPs: 'None' } }),
    'spec.controllers.loadBalancer.assignIPs must be one of',
  ),
  wrong(
    KubeControllersConfiguration,
    controllers({ node: { hostEndpoint: { createDefaultHostEndpoint: 'No' } } }),
    'spec.controllers.node.hostEndpoint.createDefaultHostEndpoint must be one of',
  ),
  wrong(
    KubeControllersConfiguration,
    controllers({ node: { hostEndpoint: { templates: [{ interfaceCIDRs: ['x'] }] } } }),
    'spec.controllers.node.hostEndpoint.templates[0].interfaceCIDRs[0] must be a CIDR',
  ),
  wrong(
    KubeControllersConfiguration,
    controllers({ node: { hostEndpoint: { templates: [{ interfacePattern: '(' }] } } }),
    'spec.controllers.node.hostEndpoint.templates[0].interfacePattern must be a regular expression',
    { onlyClient: 'patterns' },
  ),
  right(CalicoNodeStatus, { node: 'a', classes: ['Agent', 'BGP', 'Routes'], updatePeriodSeconds: 10 }),
  right(CalicoNodeStatus, { updatePeriodSeconds: 0 }),
  wrong(CalicoNodeStatus, { classes: ['Bgp'] }, 'spec.classes[0] must be one of Agent, BGP, Routes'),
  wrong(CalicoNodeStatus, { classes: ['BGP', 'BGP'] }, 'spec.classes[1] must not be there twice'),
  wrong(CalicoNodeStatus, { updatePeriodSeconds: -1 }, 'spec.updatePeriodSeconds must be a whole number'),
]

const felixRight = [
  { defaultEndpointToHostAction: 'ACCEPT', nftablesMarkMask: 0xffff_0000, natPortRange: '1000:2000' },
  { interfacePrefix: 'cali,eth', externalNodesList: ['192.0.2.1', '10.0.0.0/8'], logPrefix: 'calico-%k %n' },
  {
    failsafeInboundHostPorts: [
      { protocol: 'TCP', port: 22, net: '10.0.0.0/8' },
      { port: 80, net: '' },
    ],
  },
  { kubeNodePortRanges: ['30000:32767', 80], routeTableRanges: [{ min: 1, max: 250 }] },
  { ipipEnabled: false, vxlanEnabled: false, wireguardEnabled: false, bpfConntrackTimeouts: { udpTimeout: 'Auto' } },
  { logActionRateLimit: '10/second', logActionRateLimitBurst: 9999, nftablesRefreshInterval: '0' },
]
const tooManyPorts = many(8, (index) => index)
const felixWrong: readonly (readonly [object, string])[] = [
  [{ ipipEnabled: true }, 'spec.ipipEnabled must be false: Manx routes pod packets as they are'],
  [{ vxlanEnabled: true }, 'spec.vxlanEnabled must be false: Manx routes pod packets as they are'],
  [{ wireguardEnabled: true }, 'spec.wireguardEnabled must be false: Manx does not encrypt'],
  [{ wireguardEnabledV6: true }, 'spec.wireguardEnabledV6 must be false: Manx does not encrypt'],
  [{ nodeSelector: 'all()' }, 'spec.nodeSelector must be absent'],
  [{ interfacePrefix: 'x'.repeat(16) }, 'spec.interfacePrefix must be interface name prefixes'],
  [{ nftablesMode: 'On' }, 'spec.nftablesMode must be one of'],
  [{ nftablesMarkMask: 0x8000_0000 }, 'spec.nftablesMarkMask must have at least two bits'],
  [{ nftablesMarkMask: 0x1_0000_0000 }, 'spec.nftablesMarkMask must be a whole number'],
  [{ nftablesFilterDenyAction: 'Deny' }, 'spec.nftablesFilterDenyAction must be one of Drop, Reject'],
  [{ nftablesFlowTableOffload: 'Some' }, 'spec.nftablesFlowTableOffload must be one of'],
  [{ chainInsertMode: 'First' }, 'spec.chainInsertMode must be one of'],
  [{ defaultEndpointToHostAction: 'Allow' }, 'spec.defaultEndpointToHostAction must be one of'],
  [{ failsafeInboundHostPorts: [{ port: 65_536 }] }, 'spec.failsafeInboundHostPorts[0].port must be a whole number'],
  [{ failsafeOutboundHostPorts: [{ protocol: 'tcp' }] }, 'spec.failsafeOutboundHostPorts[0].port is required'],
  [{ failsafeInboundHostPorts: [{ port: 1, protocol: 'icmp' }] }, 'spec.failsafeInboundHostPorts[0].protocol must be'],
  [{ failsafeInboundHostPorts: [{ port: 1, net: 'x' }] }, 'spec.failsafeInboundHostPorts[0].net must be a CIDR'],
  [{ deviceRouteProtocol: 256 }, 'spec.deviceRouteProtocol must be a whole number'],
  [{ deviceRouteSourceAddress: 'fd00::1' }, 'spec.deviceRouteSourceAddress must be an IPv4'],
  [{ deviceRouteSourceAddressIPv6: '10.0.0.1' }, 'spec.deviceRouteSourceAddressIPv6 must be an IPv6'],
  [{ routeSource: 'Kernel' }, 'spec.routeSource must be one of'],
  [{ routeTableRange: { min: 2, max: 1 } }, 'spec.routeTableRange must have 1 <= min <= max'],
  [{ routeTableRanges: [{ min: 0, max: 1 }] }, 'spec.routeTableRanges[0] must have 1 <= min <= max'],
  [{ routeTableRange: { min: 1, max: 2 }, routeTableRanges: [] }, 'spec.routeTableRange cannot be combined with'],
  [{ ipv4NormalRoutePriority: 0 }, 'spec.ipv4NormalRoutePriority must be a whole number'],
  [{ natOutgoingAddress: 'nat' }, 'spec.natOutgoingAddress must be an IPv4'],
  [{ natPortRange: '70000' }, 'spec.natPortRange must be a port'],
  [{ natOutgoingExclusions: 'None' }, 'spec.natOutgoingExclusions must be one of'],
  [{ serviceLoopPrevention: 'Off' }, 'spec.serviceLoopPrevention must be one of'],
  [{ workloadSourceSpoofing: 'All' }, 'spec.workloadSourceSpoofing must be one of'],
  [{ floatingIPs: 'On' }, 'spec.floatingIPs must be one of'],
  [{ kubeNodePortRanges: tooManyPorts }, 'spec.kubeNodePortRanges must have at most 7'],
  [{ kubeNodePortRanges: [-1] }, 'spec.kubeNodePortRanges[0] must be a port'],
  [{ externalNodesList: ['x'] }, 'spec.externalNodesList[0] must be a CIDR'],
  [{ logPrefix: '$' }, 'spec.logPrefix must match'],
  [{ logActionRateLimit: '10/minutes' }, 'spec.logActionRateLimit must match'],
  [{ logActionRateLimitBurst: 10_000 }, 'spec.logActionRateLimitBurst must be a whole number'],
  [{ logSeverityScreen: 'Notice' }, 'spec.logSeverityScreen must be one of'],
  [{ prometheusMetricsClientAuth: 'No' }, 'spec.prometheusMetricsClientAuth must be one of'],
  [{ healthTimeoutOverrides: [{ name: 'x' }] }, 'spec.healthTimeoutOverrides[0].timeout is required'],
  [{ iptablesRefreshInterval: '1 minute' }, 'spec.iptablesRefreshInterval must be a duration'],
  [{ featureDetectOverride: 'A=maybe' }, 'spec.featureDetectOverride must match'],
  [{ bpfConntrackTimeouts: { udpTimeout: 'never' } }, 'spec.bpfConntrackTimeouts.udpTimeout must match'],
  [{ healthPort: '9099' }, 'spec.healthPort must be a whole number'],
]
const felixRows: readonly Row[] = [
  ...felixRight.map((spec) => right(FelixConfiguration, spec)),
  right(FelixConfiguration, {}, { name: 'node.a' }),
  right(FelixConfiguration, { nodeSelector: `rack == '1'` }, { name: 'rack-1' }),
  ...felixWrong.map(([spec, message]) => wrong(FelixConfiguration, spec, message)),
  wrong(FelixConfiguration, {}, 'metadata.name must be default, node.NAME', { name: 'rack-1' }),
  wrong(FelixConfiguration, { nodeSelector: 'global()' }, 'spec.nodeSelector must not use global()', { name: 'r' }),
  wrong(FelixConfiguration, { nodeSelector: 'has(' }, 'spec.nodeSelector', { name: 'r', onlyClient: 'selectors' }),
  wrong(FelixConfiguration, { kubeNodePortRanges: ['90:80'] }, 'spec.kubeNodePortRanges[0] must be a port', {
    onlyClient: 'portText',
  }),
]

export const otherRows: readonly Row[] = [
  ...poolRows,
  ...ipamRows,
  ...bgpConfigurationRows,
  ...peerRows,
  ...filterRows,
  ...setRows,
  ...hostRows,
  ...controllersRows,
  ...felixRows,
]
