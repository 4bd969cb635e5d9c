import { describe, expect, test } from '@jest/globals'
import type { EntityMatch, Policy, PolicyRule, PolicyTier } from '@manx/api'
import { evaluate } from '../../src/index.ts'
import { packet, world } from './world.ts'

const policy = (name: string, ingress: readonly PolicyRule[], rest: Partial<Policy> = {}): Policy => ({
  kind: 'KubernetesNetworkPolicy',
  namespace: 'x',
  name,
  tier: 'default',
  order: 1000,
  selector: 'all()',
  types: ['Ingress'],
  ingress,
  egress: [],
  ...rest,
})

const verdict = (text: string, policies: readonly Policy[], tiers: readonly PolicyTier[] = []): string =>
  evaluate(packet(text), { ...world, policies, tiers }).verdict

/** What a rule asks for, packets that it matches and packets that it does not. */
const rules: readonly (readonly [string, Omit<PolicyRule, 'action'>, readonly string[], readonly string[]])[] = [
  ['nothing', {}, ['z/job > x/web tcp 80', '192.0.2.9 > x/web other', 'z/job > x/web icmpv6 128'], []],
  ['a family', { ipVersion: 6 }, ['z/job > x/web tcp6 80'], ['z/job > x/web tcp 80']],
  ['a protocol', { protocol: 6 }, ['z/job > x/web tcp 80'], ['z/job > x/web udp 80', 'z/job > x/web other']],
  ['another protocol', { notProtocol: 6 }, ['z/job > x/web udp 80', 'z/job > x/web icmp 8'], ['z/job > x/web tcp 80']],
  [
    'a type of ICMP',
    { protocol: 1, icmp: { type: 8 } },
    ['z/job > x/web icmp 8/0', 'z/job > x/web icmp 8/1'],
    ['z/job > x/web icmp 13/0', 'z/job > x/web icmpv6 8', 'z/job > x/web tcp 8'],
  ],
  [
    'type and code of ICMPv6',
    { protocol: 58, icmp: { type: 128, code: 1 } },
    ['z/job > x/web icmpv6 128/1'],
    ['z/job > x/web icmpv6 128/0', 'z/job > x/web icmpv6 129/1'],
  ],
  [
    'another type and code of ICMP',
    { protocol: 1, notIcmp: { type: 8, code: 1 } },
    ['z/job > x/web icmp 8/0', 'z/job > x/web icmp 13/1'],
    ['z/job > x/web icmp 8/1', 'z/job > x/web tcp 80'],
  ],
  [
    'a selector of the source',
    { source: { selector: 'app == "web"' } },
    ['y/web > x/db tcp 80', 'x/web > x/db tcp6 80'],
    ['z/job > x/db tcp 80', '192.0.2.9 > x/db tcp 80'],
  ],
  ['all endpoints', { source: { selector: 'all()' } }, ['z/job > x/db tcp 80'], ['192.0.2.9 > x/db tcp 80']],
  [
    'no such endpoint',
    { source: { notSelector: 'has(app)' } },
    ['z/job > x/db tcp 80', '192.0.2.9 > x/db tcp 80'],
    ['y/web > x/db tcp 80'],
  ],
  [
    'a selector and not another one',
    { source: { selector: 'app == "web"', notSelector: 'pcns.team == "blue"' } },
    ['x/web > x/db tcp 80'],
    ['y/web > x/db tcp 80'],
  ],
  [
    'labels of service accounts',
    { source: { selector: 'pcsa.trusted == "yes" || pcsa.projectcalico.org/name == "x"' } },
    ['x/web > x/db tcp 80'],
    ['y/web > x/db tcp 80'],
  ],
  [
    'names of service account, namespace and orchestrator',
    {
      source: {
        selector:
          'projectcalico.org/serviceaccount == "web-account" && projectcalico.org/namespace == "y" && projectcalico.org/orchestrator == "k8s" && pcns.projectcalico.org/name == "y"',
      },
    },
    ['y/web > x/db tcp 80'],
    ['x/web > x/db tcp 80'],
  ],
  [
    'a selector of the destination',
    { destination: { selector: 'app == "db"' } },
    ['z/job > x/db tcp 80'],
    ['z/job > x/web tcp 80'],
  ],
  [
    'prefixes of both families',
    { source: { nets: ['192.0.2.0/24', '2001:db8::/32'] } },
    ['192.0.2.9 > x/db tcp 80', '2001:db8::1 > x/db tcp6 80'],
    ['192.0.3.9 > x/db tcp 80', 'z/job > x/db tcp6 80'],
  ],
  ['no prefix', { source: { nets: [] } }, [], ['192.0.2.9 > x/db tcp 80', 'z/job > x/db tcp6 80']],
  [
    'other prefixes',
    { source: { notNets: ['192.0.2.0/25', '10.0.0.3/32'] } },
    ['192.0.2.200 > x/db tcp 80', 'z/job > x/db tcp 80', 'y/web > x/db tcp6 80'],
    ['192.0.2.9 > x/db tcp 80', 'y/web > x/db tcp 80'],
  ],
  ['no other prefix', { source: { notNets: [] } }, ['192.0.2.9 > x/db tcp 80'], []],
  [
    'a prefix without a part of it, and a selector',
    { source: { nets: ['10.0.0.0/24'], notNets: ['10.0.0.1/32'], selector: 'app == "web"' } },
    ['y/web > x/db tcp 80'],
    ['x/web > x/db tcp 80', 'z/job > x/db tcp 80', 'y/web > x/db tcp6 80'],
  ],
  [
    'ports of the destination',
    {
      protocol: 17,
      destination: {
        ports: [
          { from: 53, to: 53 },
          { from: 100, to: 200 },
        ],
      },
    },
    ['z/job > x/db udp 53', 'z/job > x/db udp 100', 'z/job > x/db udp 200'],
    ['z/job > x/db udp 99', 'z/job > x/db udp 201', 'z/job > x/db tcp 53', 'z/job > x/db udp 53:54'],
  ],
  [
    'ports of the source',
    { protocol: 6, source: { ports: [{ from: 0, to: 1023 }] } },
    ['z/job > x/db tcp 1023:80'],
    ['z/job > x/db tcp 1024:80'],
  ],
  ['no port', { protocol: 6, destination: { ports: [] } }, [], ['z/job > x/db tcp 80']],
  [
    'other ports',
    { protocol: 6, destination: { notPorts: [{ from: 80, to: 90 }, { name: 'http' }] } },
    ['z/job > x/db tcp 79', 'z/job > x/db tcp 91', 'z/job > x/web tcp 9090'],
    ['z/job > x/db tcp 80', 'z/job > x/db tcp 90', 'z/job > x/db tcp 9090', 'z/job > x/db udp 1'],
  ],
  [
    'ports without some of them',
    { protocol: 6, destination: { ports: [{ from: 80, to: 90 }], notPorts: [{ from: 85, to: 85 }] } },
    ['z/job > x/db tcp 84'],
    ['z/job > x/db tcp 85'],
  ],
  [
    'a named port of each destination',
    { protocol: 6, destination: { ports: [{ name: 'http' }] } },
    ['z/job > x/web tcp 8080', 'z/job > x/db tcp 9090'],
    ['z/job > x/web tcp 9090', 'z/job > y/web tcp 8080', 'z/job > 192.0.2.9 tcp 8080'],
  ],
  [
    'a named port of the source',
    { protocol: 17, source: { ports: [{ name: 'dns' }] } },
    ['x/db > x/web udp 53:1'],
    ['x/web > x/db udp 53:53', 'z/job > x/db udp 53:53'],
  ],
  ['a type of ICMP without protocol, which is no question', { icmp: { type: 8 } }, [], ['z/job > x/web icmp 8']],
  [
    'a code of ICMP without type, which is no question',
    { protocol: 1, notIcmp: { code: 0 } },
    [],
    ['z/job > x/web icmp 8/1', 'z/job > x/web icmp 8/0'],
  ],
  [
    'ports without protocol, which is no question',
    { destination: { ports: [{ from: 0, to: 65_535 }] } },
    [],
    ['z/job > x/web tcp 80'],
  ],
]

describe('a rule that asks for', () => {
  test.each(rules)('%s', (_, rule, matching, others) => {
    const policies = [policy('p', [{ action: 'Allow', ...rule }])]
    const all = [...matching, ...others]
    // Egress of the other end has no policy, so that ingress decides; hosts as destination have none at all.
    const found = all.filter((text) => !/ > \d/.test(text) && verdict(text, policies) === 'allow')
    expect(found).toEqual(matching)
  })
})

const source = (selector: string): { readonly source: EntityMatch } => ({ source: { selector } })
const web = source('app == "web"')
const fromY = source('pcns.team == "blue"')
const first: PolicyTier = { name: 'first', order: 1, defaultAction: 'Deny' }

const { namespace: _, ...global } = policy('', [], { kind: 'GlobalNetworkPolicy' })

/** Policies, tiers and what becomes of packets from y/web and z/job to x/db. */
const orders: readonly (readonly [string, readonly Policy[], readonly PolicyTier[], string, string])[] = [
  [
    'the first rule that matches decides',
    [policy('p', [{ action: 'Deny', ...web }, { action: 'Allow' }])],
    [],
    'deny',
    'allow',
  ],
  ['Log goes on', [policy('p', [{ action: 'Log' }, { action: 'Allow', ...web }])], [], 'allow', 'deny'],
  [
    'the policy of the lower order is first',
    [policy('a', [{ action: 'Deny' }], { order: 2 }), policy('b', [{ action: 'Allow', ...web }], { order: 1 })],
    [],
    'allow',
    'deny',
  ],
  [
    'in one order the name decides which is first',
    [policy('b', [{ action: 'Deny' }]), policy('a', [{ action: 'Allow', ...web }])],
    [],
    'allow',
    'deny',
  ],
  [
    'in one order the name decides which is first, whatever the kind and the namespace',
    [
      policy('b', [{ action: 'Allow' }], { kind: 'CalicoNetworkPolicy', order: Number.POSITIVE_INFINITY }),
      {
        ...global,
        name: 'a',
        order: Number.POSITIVE_INFINITY,
        ingress: [{ action: 'Deny', ...web }],
      },
    ],
    [],
    'deny',
    'allow',
  ],
  [
    'order Infinity is last',
    [
      policy('a', [{ action: 'Deny' }], { order: Number.POSITIVE_INFINITY }),
      policy('b', [{ action: 'Allow', ...web }], { order: 1e9 }),
    ],
    [],
    'allow',
    'deny',
  ],
  [
    'Pass leaves out the rest of the tier',
    [
      policy('a', [{ action: 'Pass', ...web }, { action: 'Deny' }], { tier: 'first' }),
      policy('b', [{ action: 'Deny' }], { tier: 'first' }),
      policy('c', [{ action: 'Allow' }]),
    ],
    [first],
    'allow',
    'deny',
  ],
  [
    'Pass in the last tier is an allow of the profile',
    [policy('a', [{ action: 'Pass', ...web }])],
    [],
    'allow',
    'deny',
  ],
  [
    'an allow of the first tier is not asked again',
    [policy('a', [{ action: 'Allow', ...web }], { tier: 'first' }), policy('b', [{ action: 'Deny' }])],
    [first],
    'allow',
    'deny',
  ],
  [
    'a tier ends with its default action',
    [
      policy('a', [{ action: 'Deny', ...web }], { tier: 'first' }),
      policy('b', [{ action: 'Allow', ...source('!has(app)') }]),
    ],
    [{ ...first, defaultAction: 'Pass' }],
    'deny',
    'allow',
  ],
  ['a policy without rules isolates', [policy('a', [])], [], 'deny', 'deny'],
  [
    'a policy of the other direction does not',
    [policy('a', [], { types: ['Egress'], selector: 'app == "db"' })],
    [],
    'allow',
    'allow',
  ],
  ['a policy for others does not', [policy('a', [], { selector: 'app == "web"' })], [], 'allow', 'allow'],
  [
    'a tier none of whose policies applies is passed over',
    [policy('a', [], { tier: 'first', selector: 'app == "web"' }), policy('b', [{ action: 'Allow', ...fromY }])],
    [first],
    'allow',
    'deny',
  ],
  ['policies of a tier that is not there have no effect', [policy('a', [], { tier: 'first' })], [], 'allow', 'allow'],
  ['a policy for nobody knows whom has no effect', [policy('a', [], { selector: 'app ==' })], [], 'allow', 'allow'],
  [
    'policies on trial, and those that only host endpoints have, have no effect',
    [
      policy('a', [], { staged: 'Set' }),
      policy('b', [], { doNotTrack: true, applyOnForward: true }),
      policy('c', [], { preDNAT: true, applyOnForward: true }),
    ],
    [],
    'allow',
    'allow',
  ],
  [
    'a rule with a service allows nothing',
    [policy('a', [{ action: 'Allow', source: { service: { namespace: 'y', name: 'web' } } }])],
    [],
    'deny',
    'deny',
  ],
  [
    'a rule that passes what goes to a service denies: the next tier may allow',
    [
      policy('a', [{ action: 'Pass', protocol: 6, destination: { service: { namespace: 'y', name: 'web' } } }], {
        tier: 'first',
      }),
      policy('b', [{ action: 'Allow' }]),
    ],
    [{ ...first, defaultAction: 'Pass' }],
    'deny',
    'deny',
  ],
  [
    'a rule that passes what a selector says that cannot be read denies whatever fits the rest',
    [
      policy('a', [{ action: 'Pass', source: { nets: ['10.0.0.4/32'], selector: 'app ==' } }], { tier: 'first' }),
      policy('b', [{ action: 'Allow' }]),
    ],
    [{ ...first, defaultAction: 'Pass' }],
    'allow',
    'deny',
  ],
  [
    'a rule with a selector that cannot be read allows nothing',
    [
      policy('a', [
        { action: 'Allow', source: { notSelector: 'app ==' } },
        { action: 'Allow', ...web },
      ]),
    ],
    [],
    'allow',
    'deny',
  ],
  [
    'a rule with a selector that cannot be read denies whatever fits the rest',
    [
      policy('a', [
        { action: 'Deny', source: { nets: ['10.0.0.4/32'] }, destination: { selector: 'app ==' } },
        { action: 'Allow' },
      ]),
    ],
    [],
    'allow',
    'deny',
  ],
  [
    'the default tier can be moved and changed',
    [policy('a', [{ action: 'Allow', ...web }]), policy('b', [{ action: 'Deny' }], { tier: 'first' })],
    [
      { ...first, order: 2 },
      { name: 'default', order: 1, defaultAction: 'Pass' },
    ],
    'allow',
    'deny',
  ],
]

describe('in tiers and orders', () => {
  test.each(orders)('%s', (_, policies, tiers, fromWeb, fromJob) => {
    expect([verdict('y/web > x/db tcp 80', policies, tiers), verdict('z/job > x/db tcp 80', policies, tiers)]).toEqual([
      fromWeb,
      fromJob,
    ])
  })
})

describe('the evaluation', () => {
  const egress = policy('out', [], {
    types: ['Egress'],
    egress: [{ action: 'Allow', ...web }],
    selector: 'app == "web"',
  })
  const ingress = policy('in', [{ action: 'Deny' }], { selector: 'app == "db"' })

  test('names the direction, tier, policy and rule that decided', () => {
    expect(evaluate(packet('x/web > x/db tcp 80'), { ...world, policies: [egress, ingress] })).toEqual({
      verdict: 'deny',
      decisions: [
        {
          verdict: 'allow',
          direction: 'Egress',
          tier: 'default',
          policy: 'KubernetesNetworkPolicy/x/out',
          rule: 0,
          reason: 'KubernetesNetworkPolicy/x/out egress rule 0: Allow',
        },
        {
          verdict: 'deny',
          direction: 'Ingress',
          tier: 'default',
          policy: 'KubernetesNetworkPolicy/x/in',
          rule: 0,
          reason: 'KubernetesNetworkPolicy/x/in ingress rule 0: Deny',
        },
      ],
      reason:
        'Egress allow: KubernetesNetworkPolicy/x/out egress rule 0: Allow; Ingress deny: KubernetesNetworkPolicy/x/in ingress rule 0: Deny',
    })
  })

  test('ends with the direction that denies', () => {
    const denied = policy('out', [], { types: ['Egress'] })
    expect(evaluate(packet('x/web > x/db tcp 80'), { ...world, policies: [denied, ingress] }).decisions).toEqual([
      {
        verdict: 'deny',
        direction: 'Egress',
        tier: 'default',
        reason: 'no rule of KubernetesNetworkPolicy/x/out matches: tier default ends with Deny',
      },
    ])
  })

  test('says when nothing applies', () => {
    expect(evaluate(packet('z/job > x/web tcp 80'), world).reason).toBe(
      'Egress allow: no policy applies to egress: allowed by the profile; Ingress allow: no policy applies to ingress: allowed by the profile',
    )
    expect(evaluate(packet('192.0.2.1 > 192.0.2.2 tcp 80'), world).reason).toBe('neither end is an endpoint')
  })

  test('lets nothing through to or from endpoints of namespaces that are not known, and counts them as nobody', () => {
    const { x, z } = world.namespaces
    const without = (namespaces: object, policies: readonly Policy[] = []) => ({
      ...world,
      namespaces: { ...namespaces },
      policies,
    })
    expect(evaluate(packet('x/web > y/web tcp 80'), without({ x, z })).reason).toContain(
      'Ingress deny: namespace y is not known',
    )
    expect(evaluate(packet('y/web > 192.0.2.1 tcp 80'), without({ x, z })).verdict).toBe('deny')
    const notBlue = policy('a', [{ action: 'Allow', source: { selector: 'pcns.team != "blue"' } }])
    const elsewhere = world.endpoints.map((each) => ({ ...each, local: each.namespace === 'x' }))
    const verdictOf = (namespaces: object) =>
      evaluate(packet('z/job > x/web tcp 80'), { ...without(namespaces, [notBlue]), endpoints: elsewhere }).verdict
    expect([verdictOf({ x, z }), verdictOf({ x })]).toEqual(['allow', 'deny'])
  })

  test('asks only endpoints that are not said to be elsewhere', () => {
    const endpoints = world.endpoints.map((each) => ({ ...each, local: each.name !== 'db' }))
    const evaluation = evaluate(packet('x/web > x/db tcp 80'), { ...world, endpoints, policies: [egress, ingress] })
    expect(evaluation.decisions.map(({ direction }) => direction)).toEqual(['Egress'])
  })
})
