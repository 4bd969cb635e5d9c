import { explainPrefix } from '../../addresses/explain.ts'
import { assumed, integer, intOrString, list, object, required, string } from '../../schema/builders.ts'
import type { Rule } from '../../schema/schema.ts'
import { addressOf, net } from '../shared-fields.ts'
import { anyCase, either, flag, number, oneOf, portRange, text, time, unused } from './field-forms.ts'

const failsafePorts = (doc: string, fallback: readonly (readonly ['tcp' | 'udp', number])[]) =>
  assumed(
    list(
      doc,
      object('One port.', {
        port: required(integer('The port.', { minimum: 0, maximum: 65_535 })),
        protocol: string('tcp (also when absent) or udp, in any case.', {
          maxLength: 8,
          pattern: '^([Tt][Cc][Pp]|[Uu][Dd][Pp])?$',
          check: (name) => (['', 'tcp', 'udp'].includes(name.toLowerCase()) ? undefined : 'must be tcp or udp'),
        }),
        net: string('Only peers in this CIDR; all when absent.', {
          form: 'CIDR',
          maxLength: 48,
          rules: [
            { rule: `self == '' || isCIDR(self)`, message: 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64' },
          ],
          check: (net) => (net === '' ? undefined : explainPrefix(net)),
        }),
      }),
      { maxItems: 1024 },
    ),
    fallback.map(([protocol, port]) => ({ protocol, port })),
  )

const ordered: Rule = { rule: 'self.min <= self.max', message: 'min must not be above max' }
const positive: Rule = { rule: 'self.min >= 1', message: 'min must be at least 1' }

const tableRange = (doc: string, rules: readonly Rule[]) =>
  object(
    doc,
    {
      min: required(integer('The first table.')),
      max: required(integer('The last table.')),
    },
    {
      rules,
      check: ({ min, max }) => {
        if (!rules.includes(positive)) return min <= max ? undefined : 'must have min <= max'
        return min >= 1 && min <= max ? undefined : 'must have 1 <= min <= max'
      },
    },
  )

const routePriority = (doc: string, fallback: number) => number(doc, fallback, 1, 2_147_483_646)

/** Interfaces, routes and packets: what does not depend on the tool that writes the rules. */
export const dataplaneFields = {
  interfacePrefix: assumed(
    string('How names of pod interfaces begin; several separated by commas, each at most 15 characters.', {
      pattern: '^[^ \t\n/,]{1,15}(,[^ \t\n/,]{1,15})*$',
      check: (names) =>
        names.split(',').every((name) => name !== '' && name.length <= 15 && !/[\s/]/.test(name))
          ? undefined
          : 'must be interface name prefixes of 1 to 15 characters, separated by commas',
    }),
    'cali',
  ),
  interfaceExclude: text(
    'Interfaces to leave alone: names or /regular expressions/, separated by commas.',
    'kube-ipvs0',
  ),
  interfaceRefreshInterval: time('How often all interfaces are looked at again; 0 for never.', '1m30s'),
  ipv6Support: flag('Handle IPv6.', true),
  ipForwarding: either('Switch on forwarding in the kernel.', 'Enabled'),
  mtuIfacePattern: text(
    'Regular expression for the interfaces whose MTU decides the MTU of pods.',
    '^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)',
  ),
  requireMTUFile: flag(unused('wait for the file with the MTU.'), false),
  netlinkTimeout: time('How long the kernel may take to answer.', '10s'),
  useInternalDataplaneDriver: flag(unused('use the built-in dataplane.'), true),
  dataplaneDriver: text(unused('the program that is the dataplane.'), 'calico-iptables-plugin'),
  cgroupV2Path: string(unused('where the control groups are mounted.')),

  routeSource: anyCase(unused('where VXLAN routes come from.'), ['WorkloadIPs', 'CalicoIPAM'], 'CalicoIPAM'),
  routeRefreshInterval: time('How often routes in the kernel are checked; 0 for never.', '1m30s'),
  routeSyncDisabled: flag('Write no routes to the kernel.', false),
  removeExternalRoutes: flag('Remove routes to pod interfaces that somebody else wrote.', true),
  deviceRouteProtocol: number('The protocol number of routes to pods.', 3, 0, 255),
  deviceRouteSourceAddress: addressOf('The source address of packets from the node to its pods, IPv4.', 4),
  deviceRouteSourceAddressIPv6: addressOf('The source address of packets from the node to its pods, IPv6.', 6),
  routeTableRange: tableRange('Deprecated: write routeTableRanges.', [ordered]),
  routeTableRanges: list(
    'Routing tables that Manx may use; 1 to 250 when absent.',
    tableRange('One run of tables.', [ordered, positive]),
    { maxItems: 100 },
  ),
  ipv4NormalRoutePriority: routePriority('Metric of IPv4 routes to pods.', 1024),
  ipv6NormalRoutePriority: routePriority('Metric of IPv6 routes to pods.', 1024),
  ipv4ElevatedRoutePriority: routePriority('Metric of IPv4 routes to a virtual machine that just moved.', 512),
  ipv6ElevatedRoutePriority: routePriority('Metric of IPv6 routes to a virtual machine that just moved.', 512),
  liveMigrationRouteConvergenceTime: time('How long a virtual machine that moved keeps the better metric.', '30s'),
  programClusterRoutes: oneOf(
    unused('which routes between nodes are written without BGP. In Manx, BGP writes them all.'),
    ['Enabled', 'Disabled', 'EnabledIPIPOnly', 'EnabledNoEncapOnly'],
    'EnabledIPIPOnly',
  ),
  localSubnetL2Reachability: oneOf(
    'PodsAndLoadBalancers: answer ARP and neighbour questions for pool addresses that are in the network of the node.',
    ['Disabled', 'PodsAndLoadBalancers'],
    'Disabled',
  ),
  localSubnetL2ReachabilityRefreshInterval: time('How often those answers are checked.', '2m0s'),
  externalNodesList: list('Machines that are no nodes of the cluster but may send to it.', net('Some addresses.'), {
    maxItems: 10_000,
  }),

  defaultEndpointToHostAction: anyCase(
    'What happens to packets from a pod to its node once policy allowed them.',
    ['Drop', 'Accept', 'Return'],
    'Drop',
  ),
  failsafeInboundHostPorts: failsafePorts('Ports of the node that no policy can close.', [
    ['tcp', 22],
    ['udp', 68],
    ['tcp', 179],
    ['tcp', 2379],
    ['tcp', 2380],
    ['tcp', 5473],
    ['tcp', 6443],
    ['tcp', 6666],
    ['tcp', 6667],
  ]),
  failsafeOutboundHostPorts: failsafePorts('Ports that no policy can keep the node from using.', [
    ['udp', 53],
    ['udp', 67],
    ['tcp', 179],
    ['tcp', 2379],
    ['tcp', 2380],
    ['tcp', 5473],
    ['tcp', 6443],
    ['tcp', 6666],
    ['tcp', 6667],
  ]),
  workloadSourceSpoofing: anyCase(
    'Any: pods may ask by annotation to send from other addresses than their own.',
    ['Disabled', 'Any'],
    'Disabled',
  ),
  disableConntrackInvalidCheck: flag('Let packets pass that connection tracking finds invalid.', false),
  allowIPIPPacketsFromWorkloads: flag('Let pods send IP-in-IP packets.', false),
  allowVXLANPacketsFromWorkloads: flag('Let pods send VXLAN packets.', false),
  serviceLoopPrevention: anyCase(
    'What happens to packets to service addresses that no service takes, which would run in circles.',
    ['Drop', 'Reject', 'Disabled'],
    'Drop',
  ),
  floatingIPs: either('Pods may have floating addresses.', 'Disabled'),
  natOutgoingAddress: addressOf('The address that pods get outside of the pools; that of the way out when absent.', 4),
  natOutgoingExclusions: oneOf(
    'IPPoolsAndHostIPs: pods keep their address towards nodes, too.',
    ['IPPoolsOnly', 'IPPoolsAndHostIPs'],
    'IPPoolsOnly',
  ),
  natPortRange: portRange('The source ports that pods get outside of the pools, as 32768:65535; any when absent.'),
  kubeNodePortRanges: assumed(
    list('The ports that Kubernetes uses for NodePort services.', portRange('A port or a range as 30000:32767.'), {
      maxItems: 7,
    }),
    ['30000:32767'],
  ),
  maxIpsetSize: number('The most members that one set may have.', 1_048_576),
  sidecarAccelerationEnabled: flag(unused('shorten the way between a pod and its sidecar.'), false),
  istioAmbientMode: either(unused('work with Istio in ambient mode.'), 'Disabled'),
  istioDSCPMark: assumed(intOrString(unused('the DSCP value of packets of Istio.'), { maxLength: 32 }), 23),
  awsSrcDstCheck: oneOf(
    unused('switch the check of source and destination of AWS.'),
    ['DoNothing', 'Enable', 'Disable'],
    'DoNothing',
  ),
} as const
