import { calicoGroup } from '../kind.ts'

/** Something that is stored and checked, and that nothing acts by yet. */
interface Idle {
  /** What that means for who relies on it. */
  readonly effect: string
}

interface IdleKind extends Idle {
  /** Objects that are in force all the same, by name, and what of them is not. */
  readonly except?: Readonly<Record<string, string>>
}

export interface IdleField extends Idle {
  /** Values that say what happens anyway; the field's default when absent. */
  readonly holds?: readonly unknown[]
  /** Only these values have no effect, as the field or in its list; all but those of `holds` when absent. */
  readonly only?: readonly unknown[]
}

const unread: IdleField = { effect: 'nothing reads it' }
const variable = (name: string): IdleField => ({ effect: `the variable ${name} of the agent counts` })
const notEnforced = 'no packet is asked, so that nothing it forbids is stopped'
const onTrial = 'flows do not show what it would do'
const noSet = 'only policies that are not in force, either, select it'
const noPeer: IdleField = { effect: 'a BGPPeer that has it is not set up' }
const notAnnounced: IdleField = { effect: 'addresses of services are not announced' }
const noFlows: IdleField = { effect: 'flows are not reported' }
const noHostEndpoints: IdleField = { effect: 'host endpoints are not in force, so that nothing closes ports of nodes' }
const noTls: IdleField = { effect: 'metrics are served without TLS' }

/**
 * The only list of what is not in force yet: kinds as `group/Kind`. Validation, conversion, the reference and the conditions of
 * tiers follow from it; whoever brings something into force deletes its entry.
 */
export const idleKinds: Readonly<Record<string, IdleKind>> = {
  'policy.networking.k8s.io/ClusterNetworkPolicy': { effect: notEnforced },
  [`${calicoGroup}/BGPFilter`]: { effect: 'a BGPPeer that names one is not set up' },
  [`${calicoGroup}/CalicoNodeStatus`]: { effect: 'no node answers' },
  [`${calicoGroup}/GlobalNetworkPolicy`]: { effect: notEnforced },
  [`${calicoGroup}/GlobalNetworkSet`]: { effect: noSet },
  [`${calicoGroup}/HostEndpoint`]: { effect: 'policies do not apply to interfaces of nodes' },
  [`${calicoGroup}/NetworkPolicy`]: { effect: notEnforced },
  [`${calicoGroup}/NetworkSet`]: { effect: noSet },
  [`${calicoGroup}/StagedGlobalNetworkPolicy`]: { effect: onTrial },
  [`${calicoGroup}/StagedKubernetesNetworkPolicy`]: { effect: onTrial },
  [`${calicoGroup}/StagedNetworkPolicy`]: { effect: onTrial },
  [`${calicoGroup}/Tier`]: {
    effect: 'no policy that is in it is asked about any packet',
    except: { default: 'Of its policies, only the NetworkPolicies of networking.k8s.io are enforced yet' },
  },
}

/** The same of fields of kinds that are in force, below `spec`; lists have no index. */
export const idleFields: Readonly<Record<string, Readonly<Record<string, IdleField>>>> = {
  [`${calicoGroup}/BGPConfiguration`]: {
    logSeverityScreen: unread,
    serviceClusterIPs: notAnnounced,
    serviceExternalIPs: notAnnounced,
    serviceLoadBalancerIPs: notAnnounced,
    serviceLoadBalancerAggregation: notAnnounced,
    communities: { effect: 'no announcement gets a community' },
    prefixAdvertisements: { effect: 'no announcement gets a community' },
    ignoredInterfaces: unread,
    localWorkloadPeeringIPV4: { effect: 'nodes do not peer with pods' },
    localWorkloadPeeringIPV6: { effect: 'nodes do not peer with pods' },
    programClusterRoutes: {
      effect: 'all routes between nodes come from BGP',
      holds: ['EnabledNoEncapOnly', 'Enabled'],
    },
  },
  [`${calicoGroup}/BGPPeer`]: { filters: noPeer, reachableBy: noPeer, localWorkloadSelector: noPeer },
  [`${calicoGroup}/FelixConfiguration`]: {
    interfaceExclude: unread,
    netlinkTimeout: unread,
    routeTableRange: unread,
    routeTableRanges: unread,
    ipv4ElevatedRoutePriority: unread,
    ipv6ElevatedRoutePriority: unread,
    liveMigrationRouteConvergenceTime: unread,
    localSubnetL2Reachability: { effect: 'no such question is answered' },
    localSubnetL2ReachabilityRefreshInterval: unread,
    externalNodesList: unread,
    failsafeInboundHostPorts: noHostEndpoints,
    failsafeOutboundHostPorts: noHostEndpoints,
    serviceLoopPrevention: { effect: 'such packets are not stopped', holds: ['Disabled'] },
    floatingIPs: { effect: 'no pod gets a floating address' },
    kubeNodePortRanges: unread,
    maxIpsetSize: { effect: 'sets have no such limit' },
    nftablesFilterAllowAction: { effect: 'allowed packets are accepted' },
    nftablesFilterDenyAction: { effect: 'denied packets are dropped' },
    nftablesMangleAllowAction: unread,
    nftablesFlowTableOffload: { effect: 'no connection takes the short way' },
    nftablesFlowTableDataIfacePattern: { effect: 'no connection takes the short way' },
    ipsetsRefreshInterval: { effect: 'sets are checked with the rules (nftablesRefreshInterval)' },
    logSeverityScreen: variable('FELIX_LOGSEVERITYSCREEN'),
    logActionRateLimit: { effect: 'every packet that meets the action Log makes a line' },
    logActionRateLimitBurst: { effect: 'every packet that meets the action Log makes a line' },
    healthEnabled: { ...variable('FELIX_HEALTHENABLED'), holds: [true] },
    healthHost: variable('FELIX_HEALTHHOST'),
    healthPort: variable('FELIX_HEALTHPORT'),
    healthTimeoutOverrides: unread,
    dataplaneWatchdogTimeout: unread,
    prometheusMetricsEnabled: variable('FELIX_PROMETHEUSMETRICSENABLED'),
    prometheusMetricsHost: variable('FELIX_PROMETHEUSMETRICSHOST'),
    prometheusMetricsPort: variable('FELIX_PROMETHEUSMETRICSPORT'),
    prometheusMetricsCAFile: noTls,
    prometheusMetricsCertFile: noTls,
    prometheusMetricsKeyFile: noTls,
    prometheusMetricsClientAuth: noTls,
    prometheusGoMetricsEnabled: unread,
    prometheusProcessMetricsEnabled: unread,
    flowLogsFlushInterval: noFlows,
    flowLogsGoldmaneServer: noFlows,
    flowLogsLocalReporter: noFlows,
    flowLogsPolicyEvaluationMode: noFlows,
    flowLogsCollectorDebugTrace: noFlows,
    featureDetectOverride: unread,
    featureGates: unread,
    debugHost: { effect: 'there is no debug server' },
    debugPort: { effect: 'there is no debug server', holds: [0] },
  },
  [`${calicoGroup}/IPAMConfiguration`]: {
    kubeVirtVMAddressPersistence: {
      effect: 'virtual machines get another address with each pod',
      holds: ['Disabled'],
    },
  },
  [`${calicoGroup}/IPPool`]: {
    allowedUses: { effect: 'services get no addresses from pools for LoadBalancer', only: ['LoadBalancer'] },
  },
  [`${calicoGroup}/KubeControllersConfiguration`]: {
    healthChecks: { effect: 'health questions are always answered' },
    debugProfilePort: { effect: 'there is no debug server', holds: [0] },
    'controllers.node.reconcilerPeriod': unread,
    'controllers.node.hostEndpoint.autoCreate': { effect: 'no host endpoints are made' },
    'controllers.loadBalancer': { effect: 'services get no addresses of Manx' },
  },
}
