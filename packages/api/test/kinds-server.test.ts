import { expect, test } from '@jest/globals'
import {
  type AnyKind,
  allKinds,
  BGPConfiguration,
  BGPFilter,
  BGPPeer,
  BlockAffinity,
  CalicoNetworkPolicy,
  CalicoNodeStatus,
  ClusterInformation,
  crdOf,
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
  type KubernetesObject,
  NetworkSet,
  type Resource,
  resourceOf,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
  validate,
  withDefaults,
} from '../src/index.ts'
import { withApiServer } from './with-api-server.ts'

interface RoundTrip {
  readonly kind: AnyKind
  readonly name?: string
  readonly written: object
  /** What the API server adds. */
  readonly stored: object
  /** What readers see beside that, of what the kind's documentation promises. */
  readonly read: object
}

const block = {
  cidr: '10.0.0.0/31',
  allocations: [null, null],
  unallocated: [0, 1],
  attributes: [],
  strictAffinity: false,
}
const ingress = [{ action: 'Allow' }]
const roundTrips: readonly RoundTrip[] = [
  {
    kind: BGPConfiguration,
    name: 'default',
    written: {},
    stored: { logSeverityScreen: 'Info', serviceLoadBalancerAggregation: 'Enabled' },
    read: {
      ...{ asNumber: 64_512, nodeToNodeMeshEnabled: true, listenPort: 179, bindMode: 'None' },
      ...{ programClusterRoutes: 'EnabledNoEncapOnly', ipv4NormalRoutePriority: 1024, ipv6NormalRoutePriority: 1024 },
    },
  },
  { kind: BGPFilter, written: { importV4: [{ action: 'Accept' }] }, stored: {}, read: {} },
  {
    kind: BGPPeer,
    written: { peerIP: '192.0.2.1', asNumber: 1, password: { secretKeyRef: { key: 'k' } } },
    stored: { password: { secretKeyRef: { key: 'k', name: '' } } },
    read: { sourceAddress: 'UseNodeIP', reversePeering: 'Auto' },
  },
  {
    kind: BlockAffinity,
    written: { cidr: '10.0.0.0/26', node: 'a', state: 'confirmed' },
    stored: { deleted: false },
    read: {},
  },
  { kind: CalicoNodeStatus, written: { node: 'a' }, stored: {}, read: {} },
  { kind: ClusterInformation, name: 'default', written: { datastoreReady: true }, stored: {}, read: {} },
  {
    kind: FelixConfiguration,
    name: 'default',
    written: {},
    stored: { nftablesMode: 'Auto', nftablesFlowTableOffload: 'Disabled' },
    read: {
      ...{ interfacePrefix: 'cali', interfaceExclude: 'kube-ipvs0', ipv6Support: true, nftablesMarkMask: 0xffff_0000 },
      ...{ nftablesRefreshInterval: '3m0s', nftablesFilterAllowAction: 'Accept', nftablesFilterDenyAction: 'Drop' },
      ...{ ipsetsRefreshInterval: '1m30s', routeRefreshInterval: '1m30s', interfaceRefreshInterval: '1m30s' },
      ...{ chainInsertMode: 'Insert', defaultEndpointToHostAction: 'Drop', disableConntrackInvalidCheck: false },
      ...{ deviceRouteProtocol: 3, removeExternalRoutes: true, routeSource: 'CalicoIPAM', routeSyncDisabled: false },
      ...{ ipv4NormalRoutePriority: 1024, ipv4ElevatedRoutePriority: 512, liveMigrationRouteConvergenceTime: '30s' },
      ...{
        programClusterRoutes: 'EnabledIPIPOnly',
        natOutgoingExclusions: 'IPPoolsOnly',
        serviceLoopPrevention: 'Drop',
      },
      ...{ workloadSourceSpoofing: 'Disabled', floatingIPs: 'Disabled', ipForwarding: 'Enabled' },
      ...{
        localSubnetL2Reachability: 'Disabled',
        requireMTUFile: false,
        healthEnabled: false,
        healthHost: 'localhost',
      },
      ...{ healthPort: 9099, dataplaneWatchdogTimeout: '1m30s', prometheusMetricsEnabled: false },
      ...{ prometheusMetricsPort: 9091, logSeverityScreen: 'Info', logPrefix: 'calico-packet' },
      ...{ logActionRateLimitBurst: 5, endpointStatusPathPrefix: '/var/run/calico', maxIpsetSize: 1_048_576 },
      ...{ netlinkTimeout: '10s', flowLogsFlushInterval: '5m0s', flowLogsPolicyEvaluationMode: 'Continuous' },
      ...{ usageReportingEnabled: true, xdpEnabled: true, bpfEnabled: false, kubeNodePortRanges: ['30000:32767'] },
    },
  },
  {
    kind: GlobalNetworkPolicy,
    written: { ingress },
    stored: { tier: 'default' },
    read: { selector: 'all()', types: ['Ingress'], applyOnForward: false, doNotTrack: false, preDNAT: false },
  },
  { kind: GlobalNetworkSet, written: { nets: ['10.0.0.0/8'] }, stored: {}, read: {} },
  { kind: HostEndpoint, written: { node: 'a', interfaceName: '*' }, stored: {}, read: {} },
  { kind: IPAMBlock, written: block, stored: { sequenceNumber: 0 }, read: { deleted: false } },
  {
    kind: IPAMConfiguration,
    name: 'default',
    written: {},
    stored: { strictAffinity: false, autoAllocateBlocks: true, maxBlocksPerHost: 0 },
    read: { kubeVirtVMAddressPersistence: 'Enabled' },
  },
  { kind: IPAMHandle, written: { handleID: 'x', block: {} }, stored: {}, read: { deleted: false } },
  {
    kind: IPPool,
    written: { cidr: 'fd00::/48' },
    stored: { nodeSelector: 'all()', assignmentMode: 'Automatic' },
    read: {
      ...{ blockSize: 122, ipipMode: 'Never', vxlanMode: 'Never', natOutgoing: false, disabled: false },
      ...{ disableBGPExport: false, allowedUses: ['Workload', 'Tunnel'] },
    },
  },
  { kind: IPReservation, written: { reservedCIDRs: ['10.0.0.1'] }, stored: {}, read: {} },
  {
    kind: KubeControllersConfiguration,
    name: 'default',
    written: { controllers: { node: { hostEndpoint: {} }, policy: {}, loadBalancer: {}, migration: {} } },
    stored: {
      healthChecks: 'Enabled',
      controllers: {
        ...{ node: { hostEndpoint: {} }, policy: {} },
        ...{ loadBalancer: { assignIPs: 'AllServices' }, migration: { policyNameMigrator: 'Enabled' } },
      },
    },
    read: {
      ...{ logSeverityScreen: 'Info', prometheusMetricsPort: 9094, etcdV3CompactionPeriod: '10m' },
      controllers: {
        node: {
          ...{ reconcilerPeriod: '5m', syncLabels: 'Enabled', leakGracePeriod: '15m' },
          hostEndpoint: { autoCreate: 'Disabled', createDefaultHostEndpoint: 'Enabled' },
        },
        policy: { reconcilerPeriod: '5m' },
      },
    },
  },
  {
    kind: CalicoNetworkPolicy,
    written: { ingress, egress: ingress },
    stored: { tier: 'default' },
    read: { selector: 'all()', types: ['Ingress', 'Egress'] },
  },
  { kind: NetworkSet, written: {}, stored: {}, read: {} },
  {
    kind: StagedGlobalNetworkPolicy,
    written: {},
    stored: { tier: 'default', stagedAction: 'Set' },
    read: { types: ['Ingress'] },
  },
  {
    kind: StagedKubernetesNetworkPolicy,
    written: { egress: [{}] },
    stored: { stagedAction: 'Set' },
    read: { policyTypes: ['Ingress', 'Egress'] },
  },
  {
    kind: StagedNetworkPolicy,
    written: { egress: ingress },
    stored: { tier: 'default', stagedAction: 'Set' },
    read: { types: ['Egress'] },
  },
  { kind: Tier, written: {}, stored: { defaultAction: 'Deny' }, read: { order: 1_000_000 } },
]

withApiServer('every kind on a real API server', (api) => {
  const resource = (kind: AnyKind) => resourceOf(kind) as Resource<KubernetesObject & { readonly spec: object }>
  const placeOf = (kind: AnyKind, name = 'x') => ({
    name,
    ...(kind.scope === 'Namespaced' ? { namespace: 'default' } : {}),
  })

  test('no kind is missing here', () => {
    expect(roundTrips.map(({ kind }) => kind.kind)).toEqual(allKinds.map(({ kind }) => kind))
  })

  for (const { kind, name, written, stored, read } of roundTrips) {
    test(`${kind.kind} is stored and read with its defaults`, async () => {
      const created = await api.client.create(resource(kind), { metadata: placeOf(kind, name), spec: written })
      expect(created.spec).toEqual({ ...written, ...stored })
      const back = await api.client.get(resource(kind), placeOf(kind, name))
      expect(back.spec).toEqual(created.spec)
      expect(validate(kind, back)).toEqual([])
      expect(withDefaults(kind, back as never).spec).toMatchObject({ ...written, ...stored, ...read })
    })
  }

  test('short names are served, and policies are found by their tier', async () => {
    const kinds = [CalicoNetworkPolicy, GlobalNetworkPolicy, StagedNetworkPolicy, StagedGlobalNetworkPolicy]
    for (const kind of kinds) {
      const count = async (tier: string) =>
        (await api.client.list(resource(kind), { fieldSelector: `spec.tier=${tier}` })).items
      expect(await count('default')).toHaveLength(1)
      expect(await count('other')).toHaveLength(0)
    }
    const found = (await api.client.read('/apis/projectcalico.org/v3')) as {
      readonly resources: readonly {
        readonly name: string
        readonly shortNames?: readonly string[]
        readonly namespaced: boolean
      }[]
    }
    for (const kind of allKinds) {
      const one = found.resources.find(({ name }) => name === kind.plural)
      expect(one?.shortNames ?? []).toEqual(kind.shortNames ?? [])
      expect(one?.namespaced).toBe(kind.scope === 'Namespaced')
    }
  })

  // Other versions of Kubernetes may reckon a little differently, and one that finds a rule too dear refuses the kind.
  test('rules cost so little that lists could be longer by a quarter', async () => {
    const definitions: Resource<KubernetesObject> = {
      ...{ group: 'apiextensions.k8s.io', version: 'v1', namespaced: false },
      ...{ kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions' },
    }
    for (const kind of allKinds) {
      const longer = JSON.parse(JSON.stringify(crdOf(kind)), (key, value: unknown) =>
        key === 'maxItems' && typeof value === 'number' ? Math.ceil(value * 1.25) : value,
      ) as ReturnType<typeof crdOf>
      await api.client.apply(definitions, longer, { fieldManager: 'test', force: true, dryRun: true })
    }
  })
})
