import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type AnyKind,
  allKinds,
  apiVersionOf,
  BGPConfiguration,
  BGPPeer,
  BlockAffinity,
  ClusterInformation,
  crdOf,
  effectiveFelixConfiguration,
  FelixConfiguration,
  IPAMBlock,
  IPAMConfiguration,
  IPAMHandle,
  IPPool,
  parseAsNumber,
  parseDuration,
  parsePeerEndpoint,
  validate,
  withDefaults,
} from '../src/index.ts'

const objectOf = (kind: AnyKind, name: string, spec: unknown) => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: { name },
  spec,
})
const block = { cidr: '10.0.0.0/30', allocations: [0, null, null, null], unallocated: [1, 2, 3], strictAffinity: false }
const attributes = [{ handle_id: 'h', secondary: { pod: 'p' } }]

describe('right objects', () => {
  for (const [kind, name, spec] of [
    [IPPool, 'v4', { cidr: '10.0.0.0/16', blockSize: 26, natOutgoing: true, nodeSelector: 'all()', ipipMode: 'Never' }],
    [IPPool, 'v6', { cidr: 'fd00::/48', vxlanMode: 'Never', allowedUses: ['Workload'] }],
    [IPPool, 'lb', { cidr: '192.0.2.0/24', allowedUses: ['LoadBalancer'], nodeSelector: 'all()' }],
    [IPPool, 'off', { cidr: '10.0.0.0/31', disabled: true }],
    [IPAMBlock, '10-0-0-0-30', { ...block, attributes, affinity: 'host:n', sequenceNumberForAllocation: { '0': 7 } }],
    [BlockAffinity, 'n-10-0-0-0-30', { cidr: '10.0.0.0/30', node: 'n', state: 'confirmed', deleted: false }],
    [IPAMHandle, 'k8s-pod-network.abc', { handleID: 'k8s-pod-network.abc', block: { '10.0.0.0/30': 1 } }],
    [IPAMConfiguration, 'default', { strictAffinity: true, maxBlocksPerHost: 4, autoAllocateBlocks: true }],
    [
      BGPConfiguration,
      'default',
      { asNumber: 4_200_000_000, logSeverityScreen: 'info', serviceClusterIPs: [{ cidr: '10.96.0.0/12' }] },
    ],
    [BGPConfiguration, 'node.a', { listenPort: 1179, logSeverityScreen: 'Info' }],
    [BGPPeer, 'tor', { peerIP: '192.0.2.1:1179', asNumber: 64_512, keepaliveTime: '10s', filters: ['f'] }],
    [BGPPeer, 'rr', { nodeSelector: 'has(x)', peerSelector: "rr == 'yes'" }],
    [BGPPeer, 'secret', { peerIP: 'fd00::1', asNumber: 1, password: { secretKeyRef: { name: 's', key: 'k' } } }],
    [
      FelixConfiguration,
      'default',
      { defaultEndpointToHostAction: 'ACCEPT', natPortRange: '1000:2000', bpfLogLevel: '' },
    ],
    [
      FelixConfiguration,
      'rack-1',
      { nodeSelector: "rack == '1'", failsafeInboundHostPorts: [{ port: 22, protocol: 'TCP' }] },
    ],
    [ClusterInformation, 'default', { datastoreReady: true, clusterType: 'k8s,bgp' }],
  ] as const) {
    test(`${kind.kind} ${name}`, () => expect(validate(kind, objectOf(kind, name, spec))).toEqual([]))
  }
})

describe('wrong objects', () => {
  for (const [kind, name, spec, issues] of [
    [IPPool, 'x', { cidr: '10.0.0.1/16' }, ['spec.cidr must have no bits set beyond its length: write 10.0.0.0/16']],
    [IPPool, 'x', {}, ['spec.cidr is required']],
    [IPPool, 'x', undefined, ['spec is required']],
    [
      IPPool,
      'X_',
      { cidr: '10.0.0.0/16', natOutgoing: 'yes' },
      ['metadata.name must be at most 253', 'spec.natOutgoing must be true or false'],
    ],
    [
      IPPool,
      'x',
      { cidr: '10.0.0.0/16', vxlanMode: 'CrossSubnet' },
      ['spec.vxlanMode must be Never: Manx routes pod packets as they are, without VXLAN. Remove the field'],
    ],
    [
      IPPool,
      'x',
      { cidr: '10.0.0.0/27' },
      ['spec.cidr must be at least as large as one block: a length of at most 26'],
    ],
    [IPPool, 'x', { cidr: '10.0.0.0/16', blockSize: 19 }, ['spec.blockSize must be 20 to 32 for IPv4']],
    [IPPool, 'x', { cidr: 'fd00::/48', blockSize: 64 }, ['spec.blockSize must be 116 to 128 for IPv6']],
    [IPPool, 'x', { cidr: 'fe80::/64' }, ['spec.cidr must not overlap the link-local addresses fe80::/10']],
    [
      IPPool,
      'x',
      { cidr: '10.0.0.0/16', nodeSelector: 'global()', namespaceSelector: 'a ==' },
      ['spec.nodeSelector must not use global()', 'spec.namespaceSelector must have a quoted value'],
    ],
    [
      IPPool,
      'x',
      { cidr: '10.0.0.0/16', allowedUses: ['Workload', 'Workload', 'Pod'] },
      [
        'spec.allowedUses[1] must not be there twice',
        'spec.allowedUses[2] must be one of Workload, Tunnel, LoadBalancer',
      ],
    ],
    [
      IPPool,
      'x',
      { cidr: '10.0.0.0/16', allowedUses: ['LoadBalancer'], nodeSelector: 'has(x)', disableBGPExport: true },
      ['spec.nodeSelector must be all()', 'spec.disableBGPExport must be false'],
    ],
    [IPPool, 'x', { cidr: '10.0.0.0/16', blocksize: 26 }, ['spec.blocksize is no field here: write blockSize']],
    [
      IPAMBlock,
      'x',
      { ...block, attributes: [] },
      ['spec.allocations[0] must be null or the index of one of the 0 attributes'],
    ],
    [
      IPAMBlock,
      'x',
      { ...block, allocations: [null], unallocated: [4], attributes },
      [
        'spec.allocations must have one entry for each of the 4 addresses of 10.0.0.0/30',
        'spec.unallocated[0] must be 0 to 3',
      ],
    ],
    [IPAMBlock, 'x', { ...block, attributes, affinity: 'node' }, ['spec.affinity must match']],
    [
      IPAMConfiguration,
      'other',
      { strictAffinity: false, autoAllocateBlocks: false, maxBlocksPerHost: 2 },
      [
        'metadata.name must be default',
        'spec.autoAllocateBlocks must be true unless strictAffinity',
        'spec.maxBlocksPerHost must be 0 unless',
      ],
    ],
    [
      BGPConfiguration,
      'default',
      { asNumber: 4_294_967_296 },
      ['spec.asNumber must be a whole number from 0 up to 4294967295'],
    ],
    [BGPConfiguration, 'x', {}, ['metadata.name must be default, or node.NAME']],
    [BGPConfiguration, 'node.a', { asNumber: 1 }, ['spec.asNumber cannot be set for one node']],
    [
      BGPConfiguration,
      'default',
      { communities: [{ name: 'a', value: '65536:1' }] },
      ['spec.communities[0].value must be aa:nn'],
    ],
    [
      BGPConfiguration,
      'default',
      { nodeToNodeMeshEnabled: false, nodeMeshMaxRestartTime: '1m' },
      ['spec.nodeMeshMaxRestartTime needs nodeToNodeMeshEnabled'],
    ],
    [
      BGPConfiguration,
      'default',
      { localWorkloadPeeringIPV4: 'fd00::1' },
      ['spec.localWorkloadPeeringIPV4 must be an IPv4 address'],
    ],
    [BGPPeer, 'x', {}, ['spec.peerIP one of peerIP, peerSelector and localWorkloadSelector']],
    [BGPPeer, 'x', { peerIP: 'fe80::1%eth0', asNumber: 1 }, ['spec.peerIP must be an address such as']],
    [
      BGPPeer,
      'x',
      { peerIP: '192.0.2.1', node: 'a', nodeSelector: 'all()' },
      ['spec.node cannot be combined with nodeSelector', 'spec.asNumber is required'],
    ],
    [BGPPeer, 'x', { peerSelector: 'all()', asNumber: 1 }, ['spec.asNumber must be empty with peerSelector']],
    [
      BGPPeer,
      'x',
      { peerIP: '192.0.2.1', asNumber: 1, reachableBy: 'fd00::1' },
      ['spec.reachableBy must be of the same family'],
    ],
    [
      BGPPeer,
      'x',
      { peerIP: '192.0.2.1', asNumber: 1, maxRestartTime: '2 minutes' },
      ['spec.maxRestartTime must be a duration such as'],
    ],
    [
      FelixConfiguration,
      'x',
      {},
      ['metadata.name must be default, node.NAME for one node, or any name with spec.nodeSelector'],
    ],
    [
      FelixConfiguration,
      'default',
      { wireguardEnabled: true, ipipEnabled: true },
      ['spec.wireguardEnabled must be false: Manx does not encrypt', 'spec.ipipEnabled must be false: Manx routes'],
    ],
    [
      FelixConfiguration,
      'default',
      { natPortRange: '2000:1000', nftablesMarkMask: 1, logPrefix: '$' },
      [
        'spec.natPortRange must be a port (80) or a range',
        'spec.nftablesMarkMask must have at least two bits',
        'spec.logPrefix must match',
      ],
    ],
    [
      FelixConfiguration,
      'default',
      { routeTableRanges: [{ min: 5, max: 2 }], failsafeInboundHostPorts: [{ protocol: 'icmp', port: 70_000 }] },
      [
        'spec.routeTableRanges[0] must have 1 <= min <= max',
        'spec.failsafeInboundHostPorts[0].protocol must be tcp or udp',
        'spec.failsafeInboundHostPorts[0].port must be a whole number from 0 up to 65535',
      ],
    ],
    [ClusterInformation, 'x', {}, ['metadata.name must be default']],
  ] as const) {
    test(`${kind.kind} ${JSON.stringify(spec)}`, () => {
      const found = validate(kind, objectOf(kind, name, spec)).map(({ path, message }) => `${path} ${message}`)
      expect(found).toEqual(issues.map((issue) => expect.stringContaining(issue)))
    })
  }

  test('fields of a newer version are ignored where that is asked for', () => {
    const object = objectOf(IPPool, 'x', { cidr: '10.0.0.0/16', fromTheFuture: 1 })
    expect(validate(IPPool, object, { unknownFields: 'ignore' })).toEqual([])
  })

  test('whatever the object is, validation answers and changes nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allKinds), fc.anything(), fc.anything(), (kind, anything, spec) => {
        const object = { metadata: { name: 'x' }, spec }
        const before = structuredClone(JSON.stringify(object))
        expect(Array.isArray(validate(kind, anything))).toBe(true)
        expect(Array.isArray(validate(kind, object))).toBe(true)
        expect(JSON.stringify(object)).toBe(before)
      }),
    )
  })
})

describe('defaults', () => {
  test('a pool gets the block size of its family', () => {
    const pool = (cidr: string) => withDefaults(IPPool, objectOf(IPPool, 'x', { cidr }) as IPPool).spec
    expect(pool('10.0.0.0/8')).toMatchObject({ blockSize: 26, nodeSelector: 'all()', assignmentMode: 'Automatic' })
    expect(pool('fd00::/48')).toMatchObject({ blockSize: 122, ipipMode: 'Never', allowedUses: ['Workload', 'Tunnel'] })
  })

  test('applying them twice changes nothing more, and a written value stays', () => {
    const once = withDefaults(
      FelixConfiguration,
      objectOf(FelixConfiguration, 'default', { healthPort: 1 }) as FelixConfiguration,
    )
    expect(withDefaults(FelixConfiguration, once)).toEqual(once)
    expect(once.spec.healthPort).toBe(1)
    expect(validate(FelixConfiguration, once)).toEqual([])
  })

  test('words get the spelling of their list', () => {
    const spec = { defaultEndpointToHostAction: 'ACCEPT', logSeverityScreen: '' }
    const { spec: complete } = withDefaults(
      FelixConfiguration,
      objectOf(FelixConfiguration, 'default', spec) as FelixConfiguration,
    )
    expect(complete).toMatchObject({ defaultEndpointToHostAction: 'Accept', logSeverityScreen: 'Info' })
  })

  test('for a node the environment counts first, then its own object, the oldest that selects it, and the default', () => {
    const felix = (name: string, year: number, spec: FelixConfiguration['spec']) =>
      ({
        ...objectOf(FelixConfiguration, name, spec),
        metadata: { name, creationTimestamp: `${year}-01-01T00:00:00Z` },
      }) as FelixConfiguration
    const { spec, issues } = effectiveFelixConfiguration({
      node: { name: 'a', labels: { rack: '1' } },
      configurations: [
        felix('default', 2020, {
          healthPort: 1,
          debugPort: 1,
          metadataPort: 1,
          prometheusMetricsPort: 1,
          ipv6Support: false,
        }),
        felix('young', 2022, { nodeSelector: 'all()', debugPort: 3 }),
        felix('old', 2021, { nodeSelector: "rack == '1'", debugPort: 2, metadataPort: 2, prometheusMetricsPort: 2 }),
        felix('node.a', 2023, { metadataPort: 4, prometheusMetricsPort: 4 }),
        felix('node.b', 2023, { healthPort: 5 }),
      ],
      environment: {
        FELIX_PROMETHEUSMETRICSPORT: '6',
        FELIX_IptablesRefreshInterval: '90',
        FELIX_IptablesLockProbeIntervalMillis: '50',
        FELIX_FAILSAFEINBOUNDHOSTPORTS: 'tcp:22,udp:10.0.0.0/8:53',
        FELIX_NFTABLESMARKMASK: '0xff000000',
        FELIX_HEALTHENABLED: 'maybe',
        FELIX_TYPHAADDR: 'ignored:1',
        PATH: '/bin',
      },
    })
    expect(spec).toMatchObject({
      healthPort: 1,
      debugPort: 2,
      metadataPort: 4,
      prometheusMetricsPort: 6,
      ipv6Support: false,
      iptablesRefreshInterval: '90s',
      iptablesLockProbeInterval: '50ms',
      nftablesMarkMask: 0xff00_0000,
      healthEnabled: false,
      failsafeInboundHostPorts: [
        { protocol: 'tcp', port: 22 },
        { protocol: 'udp', net: '10.0.0.0/8', port: 53 },
      ],
    })
    expect(issues).toEqual([{ path: 'FELIX_HEALTHENABLED', value: 'maybe', message: 'must be true or false' }])
  })
})

describe('CRDs', () => {
  test('those in crds/ are what the kinds say', () => {
    const script = join(import.meta.dirname, '..', 'src', 'generate.ts')
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('every field has a description', () => {
    for (const kind of allKinds) {
      const undescribed: string[] = []
      const walk = (node: unknown, path: string) => {
        if (typeof node !== 'object' || node === null) return
        const { properties = {}, description } = node as { properties?: Record<string, unknown>; description?: string }
        if (description === undefined) undescribed.push(path)
        for (const [name, property] of Object.entries(properties)) walk(property, `${path}.${name}`)
      }
      const [version] = crdOf(kind).spec.versions as [
        { schema: { openAPIV3Schema: { properties: { spec: unknown } } } },
      ]
      walk(version.schema.openAPIV3Schema.properties.spec, `${kind.kind}.spec`)
      expect(undescribed).toEqual([])
    }
  })
})

describe('small values', () => {
  test.each([
    ['64512', 64_512],
    ['1.0', 65_536],
    ['65535.65535', 4_294_967_295],
    ['4294967295', 4_294_967_295],
    ['4294967296', undefined],
    ['65536.0', undefined],
    ['-1', undefined],
    ['', undefined],
  ])('AS number %j', (text, value) => expect(parseAsNumber(text)).toBe(value))

  test.each([
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['.5s', 500],
    ['0', 0],
    ['0s', 0],
    ['10', undefined],
    ['-1s', undefined],
    ['', undefined],
    ['1 s', undefined],
  ])('duration %j', (text, value) => expect(parseDuration(text)).toBe(value))

  test.each([
    ['192.0.2.1', { address: '192.0.2.1' }],
    ['192.0.2.1:179', { address: '192.0.2.1', port: 179 }],
    ['2001:db8::1', { address: '2001:db8::1' }],
    ['[2001:db8::1]:179', { address: '2001:db8::1', port: 179 }],
    ['192.0.2.1:0', undefined],
    ['192.0.2.1:65536', undefined],
    ['[192.0.2.1]:179', undefined],
    ['router', undefined],
  ])('peer %j', (text, value) => expect(parsePeerEndpoint(text)).toEqual(value))
})
