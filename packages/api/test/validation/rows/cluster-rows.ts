import {
  CalicoNodeStatus,
  GlobalNetworkSet,
  HostEndpoint,
  KubeControllersConfiguration,
  NetworkSet,
} from '../../../src/index.ts'
import { type Row, right, wrong } from '../row.ts'

const many = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index))
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
  wrong(HostEndpoint, { node: 'a', interfaceName: null }, 'spec must have interfaceName or expectedIPs'),
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
  wrong(CalicoNodeStatus, { updatePeriodSeconds: 2 ** 31 }, 'spec.updatePeriodSeconds must be a whole number'),
  wrong(CalicoNodeStatus, { updatePeriodSeconds: -1 }, 'spec.updatePeriodSeconds must be a whole number'),
]

export const clusterRows: readonly Row[] = [...setRows, ...hostRows, ...controllersRows]
