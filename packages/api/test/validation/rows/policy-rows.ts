import {
  type AnyKind,
  CalicoNetworkPolicy,
  GlobalNetworkPolicy,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  Tier,
} from '../../../src/index.ts'
import { type Row, right, wrong } from '../row.ts'

const many = (length: number, item: (index: number) => unknown) => Array.from({ length }, (_, index) => item(index))
const ingress = (rule: object) => ({ ingress: [{ action: 'Allow', ...rule }] })
const egress = (rule: object) => ({ egress: [{ action: 'Allow', ...rule }] })
const rule = 'spec.ingress[0]'

/** Rows for what all policies with Calico's rules have in common. */
function commonRows(kind: AnyKind): Row[] {
  const good = (spec: object) => right(kind, spec)
  const bad = (spec: object, message: string, onlyClient?: Row['onlyClient']) =>
    wrong(kind, spec, message, onlyClient === undefined ? {} : { onlyClient })
  return [
    good({}),
    good({ tier: 'security', order: 10.5, selector: `app == 'x'`, types: ['Ingress', 'Egress'] }),
    good({ order: -1, serviceAccountSelector: 'has(x)', performanceHints: ['AssumeNeededOnEveryNode'] }),
    bad({ tier: 'a.b' }, 'spec.tier must be at most 63 lower case letters'),
    bad({ order: '10' }, 'spec.order must be a number'),
    bad({ types: [] }, 'spec.types must have at least 1'),
    bad({ types: ['Ingress', 'Ingress'] }, 'spec.types[1] must not be there twice'),
    bad({ types: ['ingress'] }, 'spec.types[0] must be one of Ingress, Egress'),
    bad({ performanceHints: ['Fast'] }, 'spec.performanceHints[0] must be'),
    bad({ selector: 'a ==' }, 'spec.selector must have a quoted value', 'selectors'),
    bad({ selector: 'x'.repeat(1025) }, 'spec.selector must have at most 1024'),
    bad({ selector: 'global()' }, 'spec.selector must not use global()'),
    bad({ serviceAccountSelector: 'has(a) && global()' }, 'spec.serviceAccountSelector must not use global()'),
    bad({ unknown: 1 }, 'spec.unknown is no field here'),

    good({ ingress: many(1024, () => ({ action: 'Deny' })) }),
    bad({ ingress: many(1025, () => ({ action: 'Deny' })) }, 'spec.ingress must have at most 1024'),
    bad({ ingress: [{}] }, `${rule}.action is required`),
    bad({ ingress: [{ action: 'allow' }] }, `${rule}.action must be one of Allow, Deny, Log, Pass`),
    good({ ingress: [{ action: 'Log' }, { action: 'Pass' }, { action: 'Deny' }] }),
    good(ingress({ ipVersion: 4 })),
    bad(ingress({ ipVersion: 5 }), `${rule}.ipVersion must be one of 4, 6`),

    ...['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite', 1, 255, '6'].map((protocol) => good(ingress({ protocol }))),
    ...['tcp', 'IGMP', 0, 256, '0', '256'].map((protocol) =>
      bad(ingress({ protocol }), `${rule}.protocol must be one of TCP, UDP`),
    ),
    good(ingress({ notProtocol: 47 })),
    bad(ingress({ notProtocol: 'GRE' }), `${rule}.notProtocol must be one of TCP, UDP`),

    good(ingress({ protocol: 'ICMP', icmp: { type: 8, code: 0 } })),
    good(ingress({ protocol: 58, notICMP: { type: 254, code: 255 } })),
    bad(ingress({ icmp: { type: 8 } }), `${rule}.icmp needs protocol ICMP or ICMPv6`),
    bad(ingress({ protocol: 'TCP', notICMP: { type: 8 } }), `${rule}.notICMP needs protocol ICMP or ICMPv6`),
    bad(ingress({ protocol: 'ICMP', icmp: { code: 0 } }), `${rule}.icmp.code needs type`),
    bad(
      ingress({ protocol: 'ICMP', icmp: { type: 255 } }),
      `${rule}.icmp.type must be a whole number from 0 up to 254`,
    ),
    bad(ingress({ protocol: 'ICMP', icmp: { type: 8, code: 256 } }), `${rule}.icmp.code must be a whole number`),
    good(ingress({ protocol: 'ICMP', ipVersion: 4 })),
    good(ingress({ protocol: 'ICMPv6', ipVersion: 6 })),
    bad(ingress({ protocol: 'ICMP', ipVersion: 6 }), `${rule}.ipVersion must not be 6 with protocol ICMP`),
    bad(ingress({ protocol: 'ICMPv6', ipVersion: 4 }), `${rule}.ipVersion must not be 4 with protocol ICMPv6`),

    good(ingress({ protocol: 'TCP', source: { ports: [80, '8000:8999', 'http'] }, destination: { notPorts: [1] } })),
    good(ingress({ destination: { ports: ['http', '8080-tcp', 'a.b_c'] } })),
    bad(ingress({ destination: { ports: [80] } }), `${rule}.protocol must be TCP, UDP or SCTP in a rule with port`),
    bad(ingress({ protocol: 'ICMP', source: { notPorts: [80] } }), `${rule}.protocol must be TCP, UDP or SCTP`),
    bad(ingress({ destination: { ports: ['80:90'] } }), `${rule}.protocol must be TCP, UDP or SCTP`, 'portText'),
    ...[0, -1, 65_536, '0', '65536', '1:65536', 'a b', '', '1:2:3', ':80'].map((port) =>
      bad(ingress({ protocol: 'TCP', source: { ports: [port] } }), `${rule}.source.ports[0] must be a port (80)`),
    ),
    bad(
      ingress({ protocol: 'TCP', source: { ports: ['90:80'] } }),
      `${rule}.source.ports[0] must not end before it begins: write 80:90`,
      'portText',
    ),
    good(ingress({ protocol: 'UDP', source: { ports: many(50, (index) => index + 1) } })),
    bad(
      ingress({ protocol: 'UDP', source: { ports: many(51, (index) => index + 1) } }),
      `${rule}.source.ports must have at most 50`,
    ),

    good(ingress({ source: { nets: ['10.0.0.0/8', '192.0.2.1', '10.1.2.3/16'], notNets: ['10.1.0.0/16'] } })),
    good(ingress({ ipVersion: 6, source: { nets: ['2001:db8::/32', '::/0'] }, destination: { notNets: ['fd00::1'] } })),
    good(ingress({ source: { nets: ['0.0.0.0/0'] } })),
    ...['10.0.0.0/33', '10.0.0', 'host', '10.0.0.01', '', 'fe80::1%eth0'].map((net) =>
      bad(ingress({ source: { nets: [net] } }), `${rule}.source.nets[0] must be`),
    ),
    bad(ingress({ source: { nets: ['::ffff:10.0.0.1'] } }), `${rule}.source.nets[0] must be a CIDR`),
    bad(ingress({ source: { nets: ['10.0.0.1', '10.0.0.1'] } }), `${rule}.source.nets[1] must not be there twice`),
    bad(ingress({ source: { notNets: ['0.0.0.0/0'] } }), `${rule}.source.notNets[0] must not be 0.0.0.0/0 or ::/0`),
    bad(ingress({ source: { notNets: ['::/0'] } }), `${rule}.source.notNets[0] must not be 0.0.0.0/0 or ::/0`),
    bad(ingress({ source: { notNets: ['10.0.0.0/0'] } }), `${rule}.source.notNets[0] must not be 0.0.0.0/0 or ::/0`),
    good(ingress({ source: { notNets: ['10.0.0.0/10'] } })),
    bad(ingress({ source: { nets: ['10.0.0.1', 'fd00::1'] } }), `${rule}.source.nets must not mix IPv4 and IPv6`),
    bad(
      ingress({ source: { nets: ['10.0.0.1', 'fd00::1', '10.0.0.2'] } }),
      `${rule}.source.nets must not mix IPv4 and IPv6`,
    ),
    bad(
      ingress({ source: { nets: ['10.0.0.1'], notNets: ['fd00::1'] } }),
      `${rule} must not mix IPv4 and IPv6 in nets and notNets`,
    ),
    bad(
      ingress({ source: { nets: ['10.0.0.1'] }, destination: { nets: ['fd00::1'] } }),
      `${rule} must not mix IPv4 and IPv6 in nets and notNets`,
    ),
    bad(ingress({ ipVersion: 6, source: { nets: ['10.0.0.1'] } }), `${rule}.ipVersion must be the version`),
    bad(ingress({ ipVersion: 4, destination: { notNets: ['fd00::1'] } }), `${rule}.ipVersion must be the version`),
    good(ingress({ source: { nets: many(256, (index) => `10.0.${index}.0/24`) } })),
    bad(
      ingress({ source: { nets: many(257, (index) => `10.${index % 200}.${index}.0/24`).slice(0, 257) } }),
      `${rule}.source.nets must have at most 256`,
    ),

    good(ingress({ source: { selector: `a in {'b'}`, notSelector: '!has(c)', namespaceSelector: `x == 'y'` } })),
    good(ingress({ source: { namespaceSelector: 'global()' } })),
    good(ingress({ source: { namespaceSelector: ' global( ) ' } })),
    bad(
      ingress({ source: { namespaceSelector: 'global() || has(x)' } }),
      `${rule}.source.namespaceSelector must have global() alone`,
    ),
    bad(ingress({ source: { selector: 'global()' } }), `${rule}.source.selector must not use global()`),
    bad(ingress({ source: { notSelector: 'has(' } }), `${rule}.source.notSelector`, 'selectors'),
    good(ingress({ source: { serviceAccounts: { names: ['a', 'b'], selector: 'has(x)' } } })),
    bad(
      ingress({ source: { serviceAccounts: { names: ['a', 'a'] } } }),
      `${rule}.source.serviceAccounts.names[1] must not be there twice`,
    ),

    good(ingress({ source: { services: { name: 'web', namespace: 'shop' } } })),
    good(egress({ destination: { services: { name: 'web', namespace: 'shop' } } })),
    good(egress({ destination: { services: { name: 'web', namespace: 'shop' }, nets: [], selector: '' } })),
    bad(ingress({ source: { services: { namespace: 'shop' } } }), `${rule}.source.services must have the name`),
    ...Object.entries({
      ports: ['http'],
      notPorts: ['http'],
      selector: 'has(x)',
      notSelector: 'has(x)',
      nets: ['10.0.0.1'],
      notNets: ['10.0.0.1'],
      namespaceSelector: 'has(x)',
      serviceAccounts: {},
    }).map(([field, value]) =>
      bad(
        ingress({ source: { services: { name: 'web', namespace: 'shop' }, [field]: value } }),
        `${rule}.source.services cannot be combined with`,
      ),
    ),
    bad(
      ingress({ destination: { services: { name: 'web', namespace: 'shop' } } }),
      `${rule}.destination.services must be absent: only the source of ingress rules`,
    ),
    bad(
      egress({ source: { services: { name: 'web', namespace: 'shop' } } }),
      'spec.egress[0].source.services must be absent: only the destination of egress rules',
    ),

    good(ingress({ http: { methods: ['GET'], paths: [{ exact: '/a' }, { prefix: '/b' }] } })),
    good(ingress({ protocol: 'TCP', http: { methods: ['GET'] } })),
    bad({ ingress: [{ action: 'Deny', http: {} }] }, `${rule}.http needs action Allow`),
    bad(ingress({ protocol: 'UDP', http: {} }), `${rule}.http needs protocol TCP`),
    bad(egress({ http: {} }), 'spec.egress[0].http must be absent'),
    bad(
      ingress({ http: { paths: [{ exact: '/a', prefix: '/b' }] } }),
      `${rule}.http.paths[0] must have either exact or prefix`,
    ),
    bad(ingress({ http: { paths: [{}] } }), `${rule}.http.paths[0] must have either exact or prefix`),
    bad(ingress({ http: { paths: [{ exact: 'a' }] } }), `${rule}.http.paths[0].exact must begin with /`),
    bad(ingress({ http: { paths: [{ prefix: '/a?b' }] } }), `${rule}.http.paths[0].prefix must begin with /`),
    bad(ingress({ http: { methods: many(21, () => 'GET') } }), `${rule}.http.methods must have at most 20`),
    good(ingress({ metadata: { annotations: { why: 'because' } } })),
  ]
}

function globalRows(kind: AnyKind): Row[] {
  return [
    right(kind, { namespaceSelector: 'has(x)', applyOnForward: true }),
    right(kind, { preDNAT: true, applyOnForward: true, types: ['Ingress'], egress: [] }),
    right(kind, { doNotTrack: true, applyOnForward: true, ...egress({}) }),
    wrong(kind, { namespaceSelector: 'global()' }, 'spec.namespaceSelector must not use global()'),
    wrong(kind, { preDNAT: true, doNotTrack: true, applyOnForward: true }, 'spec.preDNAT cannot be combined with'),
    wrong(kind, { preDNAT: true, applyOnForward: true, ...egress({}) }, 'spec.egress must be empty with preDNAT'),
    wrong(kind, { preDNAT: true, applyOnForward: true, types: ['Egress'] }, 'spec.types must not have Egress'),
    wrong(kind, { preDNAT: true }, 'spec.applyOnForward must be true'),
    wrong(kind, { doNotTrack: true, applyOnForward: false }, 'spec.applyOnForward must be true'),
    wrong(kind, ingress({ source: { services: { name: 'web' } } }), `${rule}.source.services must have the namespace`),
    wrong(
      kind,
      egress({ destination: { services: { name: 'web' } } }),
      'spec.egress[0].destination.services must have the namespace',
    ),
    ...['web', 'security.web', '0'].map((name) => right(kind, {}, { name })),
    ...['a.b.c', 'knp.default.web.x'].map((name) =>
      wrong(kind, {}, 'metadata.name must be NAME or TIER.NAME', { name }),
    ),
  ]
}

function namespacedRows(kind: AnyKind): Row[] {
  return [
    right(kind, ingress({ source: { services: { name: 'web' } } })),
    ...['web', 'security.web', 'knp.default.a.b.c', 'ossg.default.x'].map((name) => right(kind, {}, { name })),
    ...['a.b.c', 'knp.other.web'].map((name) => wrong(kind, {}, 'metadata.name must be NAME or TIER.NAME', { name })),
    wrong(kind, { namespaceSelector: 'has(x)' }, 'spec.namespaceSelector is no field here'),
    wrong(kind, { preDNAT: true }, 'spec.preDNAT is no field here'),
  ]
}

const stagedRows = (kind: AnyKind): Row[] => [
  ...['Set', 'Delete', 'Learn', 'Ignore'].map((stagedAction) => right(kind, { stagedAction })),
  wrong(kind, { stagedAction: 'set' }, 'spec.stagedAction must be one of Set, Delete, Learn, Ignore'),
]

const kubernetes = (spec: object) => right(StagedKubernetesNetworkPolicy, spec)
const notKubernetes = (spec: object, message: string, onlyClient?: Row['onlyClient']) =>
  wrong(StagedKubernetesNetworkPolicy, spec, message, onlyClient === undefined ? {} : { onlyClient })
const expressions = (...matchExpressions: object[]) => ({ podSelector: { matchExpressions } })

const kubernetesRows: readonly Row[] = [
  kubernetes({}),
  kubernetes({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress', 'Egress'] }),
  kubernetes(expressions({ key: 'a', operator: 'In', values: ['b'] }, { key: 'c', operator: 'DoesNotExist' })),
  kubernetes({ ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }] }),
  kubernetes({ egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 80, endPort: 90 }, { port: 'http' }] }] }),
  notKubernetes({ policyTypes: [] }, 'spec.policyTypes must have at least 1'),
  notKubernetes({ policyTypes: ['Both'] }, 'spec.policyTypes[0] must be one of'),
  notKubernetes(expressions({ key: 'a', operator: 'Equals' }), 'spec.podSelector.matchExpressions[0].operator must be'),
  notKubernetes(expressions({ key: 'a', operator: 'In' }), 'spec.podSelector.matchExpressions[0].values', 'nested'),
  notKubernetes({ ingress: [{ from: [{ ipBlock: { cidr: '10' } }] }] }, 'spec.ingress[0].from[0].ipBlock.cidr must be'),
  notKubernetes({ ingress: [{ from: [{ ipBlock: {} }] }] }, 'spec.ingress[0].from[0].ipBlock.cidr is required'),
  notKubernetes(
    { ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
    'spec.ingress[0].from[0]',
    'nested',
  ),
  notKubernetes({ ingress: [{ ports: [{ port: 90, endPort: 80 }] }] }, 'spec.ingress[0].ports[0].endPort', 'nested'),
  notKubernetes({ ingress: [{ ports: [{ endPort: 80 }] }] }, 'spec.ingress[0].ports[0].endPort', 'nested'),
  notKubernetes({ ingress: [{ ports: [{ protocol: 'tcp' }] }] }, 'spec.ingress[0].ports[0].protocol must be one of'),
  notKubernetes({ ingress: [{ ports: [{ port: 0 }] }] }, 'spec.ingress[0].ports[0].port', 'nested'),
]

const tierRows: readonly Row[] = [
  right(Tier, {}),
  right(Tier, { order: 10.5, defaultAction: 'Pass' }),
  right(Tier, { order: 1_000_000, defaultAction: 'Deny' }, { name: 'default' }),
  right(Tier, {}, { name: 'default' }),
  right(Tier, { order: 1000, defaultAction: 'Pass' }, { name: 'kube-admin' }),
  right(Tier, { order: 10_000_000, defaultAction: 'Pass' }, { name: 'kube-baseline' }),
  wrong(Tier, { defaultAction: 'Allow' }, 'spec.defaultAction must be one of Deny, Pass'),
  wrong(Tier, { order: 'last' }, 'spec.order must be a number'),
  wrong(Tier, {}, 'metadata.name must be at most 63 lower case letters', { name: 'a.b' }),
  wrong(Tier, {}, 'metadata.name must be at most 63 lower case letters', { name: 'x'.repeat(64) }),
  wrong(Tier, { order: 5 }, 'spec.order must be 1000000 in the built-in tier default', { name: 'default' }),
  wrong(Tier, { defaultAction: 'Pass' }, 'spec.defaultAction must be Deny in the built-in tier', { name: 'default' }),
  wrong(Tier, {}, 'spec.defaultAction must be Pass in the built-in tier kube-admin', { name: 'kube-admin' }),
  wrong(Tier, { order: 1, defaultAction: 'Pass' }, 'spec.order must be 10000000', { name: 'kube-baseline' }),
]

export const policyRows: readonly Row[] = [
  ...[CalicoNetworkPolicy, GlobalNetworkPolicy].flatMap(commonRows),
  // Staged kinds are made of the same rules: some rows show that they are there.
  ...[StagedNetworkPolicy, StagedGlobalNetworkPolicy].flatMap((kind) => commonRows(kind).filter((_, n) => n % 5 === 0)),
  ...[GlobalNetworkPolicy, StagedGlobalNetworkPolicy].flatMap(globalRows),
  ...[CalicoNetworkPolicy, StagedNetworkPolicy].flatMap(namespacedRows),
  ...[StagedNetworkPolicy, StagedGlobalNetworkPolicy, StagedKubernetesNetworkPolicy].flatMap(stagedRows),
  ...kubernetesRows,
  ...tierRows,
]
