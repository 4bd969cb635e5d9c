import { describe, expect, test } from '@jest/globals'
import { networkPolicyToPolicy } from '@manx/api'
import { parse } from 'yaml'
import { evaluate } from '../../src/index.ts'
import { kubernetesVerdict, type NetworkPolicy } from './kubernetes-verdict.ts'
import { packet, world } from './world.ts'

/** What is so, specs of policies in the namespace x, and packets that they allow and deny. */
const cases: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
  [
    'without a policy everything is allowed',
    [],
    ['y/web > x/web tcp 80', '192.0.2.9 > x/web udp 1', 'x/web > 192.0.2.9 tcp 1'],
    [],
  ],
  [
    'an empty pod selector isolates all pods of the namespace, and no others',
    ['{podSelector: {}}'],
    ['x/web > y/web tcp 80', 'z/job > y/web tcp 80', 'x/web > 192.0.2.9 tcp 80'],
    [
      'y/web > x/web tcp 80',
      'x/db > x/web tcp 80',
      '192.0.2.9 > x/db tcp 80',
      'z/job > x/db icmp 8',
      'z/job > x/db tcp6 80',
    ],
  ],
  [
    'without policy types and without egress rules only ingress is isolated',
    ['{podSelector: {}, egress: []}'],
    ['x/web > z/job tcp 80'],
    ['z/job > x/web tcp 80'],
  ],
  [
    'without policy types egress rules isolate egress too',
    ['{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}'],
    ['x/web > y/web tcp 80'],
    ['x/web > z/job tcp 80', 'z/job > x/web tcp 80'],
  ],
  [
    'with Egress alone ingress rules have no effect',
    ['{podSelector: {}, policyTypes: [Egress], ingress: []}'],
    ['z/job > x/web tcp 80'],
    ['x/web > z/job tcp 80', 'x/web > 192.0.2.9 udp 53'],
  ],
  [
    'with Ingress alone egress rules have no effect',
    ['{podSelector: {}, policyTypes: [Ingress], egress: [{}]}'],
    ['x/web > z/job tcp 80'],
    ['z/job > x/web tcp 80'],
  ],
  [
    'an empty rule allows everything, an empty list of peers or ports is none',
    ['{podSelector: {}, ingress: [{from: [], ports: []}]}'],
    [
      'z/job > x/web tcp 80',
      '192.0.2.9 > x/web udp 53',
      'z/job > x/web icmp 8',
      'z/job > x/web other',
      'z/job > x/web sctp 7',
    ],
    [],
  ],
  [
    'policies of a pod are added up',
    [
      '{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 80}]}]}',
      '{podSelector: {matchExpressions: [{key: app, operator: Exists}]}, ingress: [{ports: [{port: 81}]}]}',
    ],
    ['z/job > x/web tcp 80', 'z/job > x/web tcp 81', 'z/job > x/db tcp 81'],
    ['z/job > x/db tcp 80', 'z/job > x/web tcp 82'],
  ],
  [
    'a pod selector alone is about the own namespace',
    ['{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}'],
    ['x/web > x/db tcp 80'],
    ['y/web > x/db tcp 80', 'x/db > x/web tcp 80', '192.0.2.9 > x/db tcp 80'],
  ],
  [
    'an empty pod selector as peer is every pod of the own namespace',
    ['{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}'],
    ['x/db > x/web tcp 80', 'x/web > x/db udp6 53'],
    ['y/web > x/web tcp 80', '192.0.2.9 > x/web tcp 80'],
  ],
  [
    'an empty namespace selector as peer is every pod of every namespace, and no host',
    ['{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}'],
    ['x/db > x/web tcp 80', 'y/web > x/web tcp 80', 'z/job > x/web udp 1'],
    ['192.0.2.9 > x/web tcp 80'],
  ],
  [
    'both selectors in one peer must hold',
    [
      '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}, namespaceSelector: {matchLabels: {team: blue}}}]}]}',
    ],
    ['y/web > x/db tcp 80'],
    ['x/web > x/db tcp 80', 'z/job > x/db tcp 80'],
  ],
  [
    'of two peers one is enough',
    [
      '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}, {namespaceSelector: {matchLabels: {team: blue}}}]}]}',
    ],
    ['y/web > x/db tcp 80', 'x/db > x/web tcp 80'],
    ['x/web > x/db tcp 80', 'z/job > x/db tcp 80'],
  ],
  [
    'namespaces are selected by their name',
    [
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [y, z]}]}}]}]}',
    ],
    ['y/web > x/db tcp 80', 'z/job > x/db tcp 80'],
    ['x/web > x/db tcp 80'],
  ],
  [
    'NotIn and DoesNotExist hold for what has no such label',
    [
      '{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [blue]}]}}]}]}',
      '{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: role, operator: DoesNotExist}]}}]}]}',
    ],
    ['z/job > x/web tcp 80', 'x/db > x/web tcp 80', 'x/web > x/db tcp 80', 'z/job > x/db tcp 80'],
    ['y/web > x/web tcp 80', 'y/web > x/db tcp 80'],
  ],
  [
    'a label with an empty value is a label',
    ['{podSelector: {matchLabels: {role: ""}}, ingress: []}'],
    ['z/job > x/web tcp 80'],
    ['z/job > x/db tcp 80'],
  ],
  [
    'all expressions of a selector must hold',
    ['{podSelector: {matchLabels: {app: db}, matchExpressions: [{key: role, operator: In, values: [front, back]}]}}'],
    ['z/job > x/db tcp 80'],
    [],
  ],
  [
    'an ipBlock is about addresses, of pods too, without its exceptions, in one family',
    ['{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.4/32, 10.0.0.128/25]}}]}]}'],
    ['y/web > x/web tcp 80', '10.0.0.127 > x/web tcp 80'],
    ['z/job > x/web tcp 80', '10.0.0.200 > x/web tcp 80', 'y/web > x/web tcp6 80', '192.0.2.9 > x/web tcp 80'],
  ],
  [
    'an ipBlock of IPv6',
    [
      '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}}]}]}',
    ],
    ['x/web > 2001:db8:2::1 tcp6 80'],
    ['x/web > 2001:db8:1::1 tcp6 80', 'x/web > y/web tcp6 80', 'x/web > y/web tcp 80'],
  ],
  [
    'an exception of one peer is none of another',
    [
      '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.3/32]}}, {ipBlock: {cidr: 10.0.0.2/31}}]}]}',
    ],
    ['y/web > x/web tcp 80', '192.0.2.9 > x/web tcp 80'],
    ['y/web > x/web tcp6 80'],
  ],
  [
    'a port without protocol is of TCP',
    ['{podSelector: {}, ingress: [{ports: [{port: 80}]}]}'],
    ['z/job > x/web tcp 80', '192.0.2.9 > x/web tcp6 80'],
    ['z/job > x/web udp 80', 'z/job > x/web sctp 80', 'z/job > x/web tcp 80:81', 'z/job > x/web icmp 8'],
  ],
  [
    'a protocol without port is all of its ports',
    ['{podSelector: {}, ingress: [{ports: [{protocol: UDP}, {protocol: SCTP, port: 7}]}]}'],
    ['z/job > x/web udp 1', 'z/job > x/web udp 65535', 'z/job > x/web sctp 7'],
    ['z/job > x/web sctp 8', 'z/job > x/web tcp 7'],
  ],
  [
    'a range includes both ends',
    ['{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 82}, {protocol: UDP, port: 53, endPort: 53}]}]}'],
    ['z/job > x/web tcp 80', 'z/job > x/web tcp 81', 'z/job > x/web tcp 82', 'z/job > x/web udp 53'],
    ['z/job > x/web tcp 79', 'z/job > x/web tcp 83', 'z/job > x/web udp 54', 'z/job > x/web udp 80'],
  ],
  [
    'ports and peers of one rule must both hold',
    [
      '{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}, {from: [{namespaceSelector: {matchLabels: {team: blue}}}], ports: [{port: 81}]}]}',
    ],
    ['x/db > x/web tcp 80', 'y/web > x/web tcp 81'],
    ['x/db > x/web tcp 81', 'y/web > x/web tcp 80', 'z/job > x/web tcp 80'],
  ],
  [
    'a named port of ingress is the one of the receiving pod',
    ['{podSelector: {}, ingress: [{ports: [{port: http}]}]}'],
    ['z/job > x/web tcp 8080', 'z/job > x/db tcp 9090', '192.0.2.9 > x/db tcp6 9090'],
    ['z/job > x/web tcp 9090', 'z/job > x/db tcp 8080', 'z/job > x/db udp 9090'],
  ],
  [
    'a named port of egress is the one of each peer',
    [
      '{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {}}], ports: [{port: http}, {port: http, protocol: SCTP}]}]}',
    ],
    ['x/db > x/web tcp 8080', 'x/web > x/db tcp 9090', 'x/web > y/web sctp 8080'],
    ['x/web > y/web tcp 8080', 'x/web > z/job tcp 8080', 'x/web > 192.0.2.9 tcp 8080'],
  ],
  [
    'a name is of a protocol',
    ['{podSelector: {}, ingress: [{ports: [{port: dns, protocol: UDP}]}]}'],
    ['z/job > x/db udp 53'],
    ['z/job > x/db tcp 5353', 'z/job > x/db udp 5353', 'z/job > x/web udp 53'],
  ],
  [
    'names and numbers in one rule',
    [
      '{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: http}, {port: 80}, {port: 81, endPort: 90}]}]}',
    ],
    ['z/job > x/web tcp 80', 'z/job > x/web tcp 85', 'z/job > x/web tcp 8080'],
    ['z/job > x/web tcp 9090', '192.0.2.9 > x/web tcp 80'],
  ],
  [
    'egress of one pod and ingress of the other are both asked',
    [
      '{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}',
      '{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80}, {port: 81}]}]}',
    ],
    ['x/web > x/db tcp 80', 'y/web > x/db tcp 81'],
    ['x/web > x/db tcp 81', 'x/web > y/web tcp 81'],
  ],
]

describe('NetworkPolicy of Kubernetes', () => {
  test.each(cases)('%s', (_, specs, allowed, denied) => {
    const objects = specs.map(
      (spec, index): NetworkPolicy => ({ metadata: { namespace: 'x', name: `p${index}` }, spec: parse(spec) }),
    )
    const policies = objects.map((object) => {
      const { policy, issues } = networkPolicyToPolicy(object)
      expect(issues).toEqual([])
      if (policy === undefined) throw new Error('not converted')
      return policy
    })
    const all = [...allowed, ...denied]
    const verdicts = (verdict: (text: string) => string) => Object.fromEntries(all.map((text) => [text, verdict(text)]))
    const expected = verdicts((text) => (allowed.includes(text) ? 'allow' : 'deny'))
    expect(verdicts((text) => evaluate(packet(text), { ...world, policies }).verdict)).toEqual(expected)
    // The second opinion must be right, too, where the answer is written down.
    expect(verdicts((text) => kubernetesVerdict(objects, packet(text), world))).toEqual(expected)
  })

  test('labels of a pod do not forge where it belongs', () => {
    const spec = parse('{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}}]}]}')
    const { policy } = networkPolicyToPolicy({ metadata: { namespace: 'x', name: 'p' }, spec })
    if (policy === undefined) throw new Error('not converted')
    const forged = { 'pcns.team': 'blue', 'projectcalico.org/namespace': 'y' }
    const endpoints = world.endpoints.map((each) => (each.name === 'job' ? { ...each, labels: forged } : each))
    const changed = { ...world, endpoints, policies: [policy] }
    expect(evaluate(packet('z/job > x/web tcp 80'), changed).verdict).toBe('deny')
    expect(evaluate(packet('y/web > z/job tcp 80'), changed).verdict).toBe('allow')
  })
})
