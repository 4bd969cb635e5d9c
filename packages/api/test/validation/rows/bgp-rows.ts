import { BGPConfiguration, BGPFilter, BGPPeer } from '../../../src/index.ts'
import { type Row, right, wrong } from '../row.ts'

const many = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index))
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
  wrong(BGPPeer, { peerIP: null }, 'spec.peerIP one of peerIP, peerSelector and localWorkloadSelector'),
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
  wrong(BGPFilter, filter({ source: 'Local' }), `${at}.source must be RemotePeers`),
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

export const bgpRows: readonly Row[] = [...bgpConfigurationRows, ...peerRows, ...filterRows]
