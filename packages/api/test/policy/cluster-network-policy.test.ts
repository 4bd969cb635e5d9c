import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { builtInTiers, clusterNetworkPolicyToPolicy, type PolicyRule, tierToPolicyTier } from '../../src/index.ts'

const subject = { namespaces: {} }
const anyPod = '(has(projectcalico.org/namespace) && projectcalico.org/orchestrator == "k8s")'
const policy = (spec: object) =>
  clusterNetworkPolicyToPolicy({
    apiVersion: 'policy.networking.k8s.io/v1alpha2',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: 'isolate' },
    spec: { tier: 'Admin', priority: 10, subject, ...spec },
  })
const ingress = (rule: object) => {
  const { policy: converted, issues } = policy({ ingress: [rule] })
  return { rules: converted?.ingress, issues: issues.map(({ path, message }) => `${path} ${message}`) }
}
const egress = (rule: object) => {
  const { policy: converted, issues } = policy({ egress: [rule] })
  return { rules: converted?.egress, issues: issues.map(({ path, message }) => `${path} ${message}`) }
}
const from = [{ namespaces: { matchLabels: { team: 'a' } } }]
const teamA = '(pcns.team == "a" && projectcalico.org/orchestrator == "k8s")'

describe('a ClusterNetworkPolicy', () => {
  test('is asked by priority, in a tier before or after the others', () => {
    expect(policy({ ingress: [{ action: 'Pass', from }] })).toEqual({
      issues: [],
      policy: {
        kind: 'ClusterNetworkPolicy',
        name: 'isolate',
        tier: 'kube-admin',
        order: 10,
        selector: anyPod,
        types: ['Ingress'],
        ingress: [{ action: 'Pass', source: { selector: teamA } }],
        egress: [],
      },
    })
    expect(policy({ tier: 'Baseline', priority: 0 }).policy).toMatchObject({
      tier: 'kube-baseline',
      order: 0,
      types: [],
    })
  })

  test.each<[object, string]>([
    [
      { namespaces: { matchLabels: { env: 'prod' } } },
      '(pcns.env == "prod" && projectcalico.org/orchestrator == "k8s")',
    ],
    [{ pods: { podSelector: {} } }, anyPod],
    [
      {
        pods: {
          namespaceSelector: { matchLabels: { env: 'prod' } },
          podSelector: { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
        },
      },
      '(has(x) && pcns.env == "prod" && projectcalico.org/orchestrator == "k8s")',
    ],
  ])('%j is the subject', (one, selector) => {
    expect(policy({ subject: one })).toMatchObject({ policy: { selector }, issues: [] })
  })

  test('accepts, denies and passes', () => {
    expect(
      policy({
        ingress: ['Accept', 'Deny', 'Pass'].map((action) => ({ name: 'n', action, from })),
      }).policy?.ingress.map(({ action }) => action),
    ).toEqual(['Allow', 'Deny', 'Pass'])
  })

  test('asks for protocols and ports, those of one protocol together', () => {
    const protocols = [
      { tcp: { destinationPort: { number: 443 } } },
      { tcp: { destinationPort: { range: { start: 8000, end: 8080 } } } },
      { udp: {} },
    ]
    const source = { selector: teamA }
    const ports = [
      { from: 443, to: 443 },
      { from: 8000, to: 8080 },
    ]
    expect(ingress({ action: 'Accept', from, protocols })).toEqual({
      rules: [
        { action: 'Allow', protocol: 6, source, destination: { ports } },
        { action: 'Allow', protocol: 17, source },
      ],
      issues: [],
    })
    expect(ingress({ action: 'Deny', from, protocols: [{ destinationNamedPort: 'dns' }] }).rules).toEqual(
      [6, 17, 132].map((protocol) => ({ action: 'Deny', protocol, source, destination: { ports: [{ name: 'dns' }] } })),
    )
  })

  test('has a rule for each peer, and for each family of networks', () => {
    expect(
      egress({ action: 'Deny', to: [{ namespaces: {} }, { networks: ['10.1.0.0/8', 'fd00::/8', '192.0.2.0/24'] }] }),
    ).toEqual({
      rules: [
        { action: 'Deny', destination: { selector: anyPod } },
        { action: 'Deny', destination: { nets: ['10.0.0.0/8', '192.0.2.0/24'] } },
        { action: 'Deny', destination: { nets: ['fd00::/8'] } },
      ],
      issues: [],
    })
  })

  const denied: PolicyRule[] = [{ action: 'Deny' }]
  test.each<[string, object, RegExp]>([
    [
      'nodes',
      { to: [{ namespaces: {} }, { nodes: {} }] },
      /^spec\.egress\[0\]\.to\[1\]\.nodes cannot be followed here/,
    ],
    ['names', { to: [{ domainNames: ['*.example.com'] }] }, /domainNames cannot be followed/],
    ['a peer of the future', { to: [{ services: {} }] }, /services is not known/],
    ['an empty peer', { to: [{}] }, /must have exactly one of/],
    ['two peers in one', { to: [{ namespaces: {}, pods: {} }] }, /must have exactly one of/],
    ['no peers', {}, /to must be a list of peers/],
    ['a broken network', { to: [{ networks: ['10.0.0.0'] }] }, /networks\[0\] must be a CIDR/],
    [
      'a broken selector',
      { to: [{ namespaces: { matchExpressions: [{ key: 'a', operator: 'Is' }] } }] },
      /operator must be/,
    ],
    ['a protocol of the future', { to: from, protocols: [{ icmp: {} }] }, /icmp is not known/],
    [
      'a match of the future',
      { to: from, protocols: [{ tcp: { sourcePort: {} } }] },
      /must be an object with destinationPort/,
    ],
    [
      'a broken port',
      { to: from, protocols: [{ tcp: { destinationPort: { number: 70000 } } }] },
      /must have either a number/,
    ],
    ['a field of the future', { to: from, schedule: 'daily' }, /schedule is no field here/],
  ])('with %s accepts nothing, and denies everything', (_, rule, message) => {
    expect(egress({ ...rule, action: 'Accept' })).toEqual({ rules: [], issues: [expect.stringMatching(message)] })
    expect(egress({ ...rule, action: 'Deny' }).rules).toEqual(denied)
    expect(egress({ ...rule, action: 'Pass' }).rules).toEqual(denied)
  })

  test.each<[string, object, string]>([
    ['its tier', { tier: 'Default' }, 'spec.tier'],
    ['its priority', { priority: 1001 }, 'spec.priority'],
    ['its subject', { subject: { nodes: {} } }, 'spec.subject'],
    [
      'its subject’s labels',
      { subject: { namespaces: { matchLabels: { '!': 'x' } } } },
      'spec.subject.namespaces.matchLabels["!"]',
    ],
  ])('is no policy without %s', (_, spec, path) => {
    expect(policy(spec)).toEqual({ policy: undefined, issues: [expect.objectContaining({ path })] })
  })

  test('never throws', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 4 }),
        fc.constantFrom('subject', 'ingress', 'egress', 'tier'),
        (value, field) => {
          const { issues } = policy({ [field]: value })
          if (typeof value === 'number') expect(issues).not.toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('tiers are sorted by what they say, built-in ones by what they are', () => {
  expect(tierToPolicyTier({ metadata: { name: 'security' }, spec: { order: 5, defaultAction: 'Pass' } })).toEqual({
    name: 'security',
    order: 5,
    defaultAction: 'Pass',
  })
  expect(tierToPolicyTier({ metadata: { name: 'late' }, spec: {} })).toEqual({
    name: 'late',
    order: 1_000_000,
    defaultAction: 'Deny',
  })
  expect(tierToPolicyTier({ metadata: { name: 'kube-admin' }, spec: {} })).toEqual({
    name: 'kube-admin',
    order: 1000,
    defaultAction: 'Pass',
  })
  expect(builtInTiers.map(({ name }) => name)).toEqual(['kube-admin', 'default', 'kube-baseline'])
})
