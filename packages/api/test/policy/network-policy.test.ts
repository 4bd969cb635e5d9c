import { describe, expect, test } from '@jest/globals'
import { networkPolicyToPolicy, parseSelector } from '../../src/index.ts'

const convert = (spec: unknown) =>
  networkPolicyToPolicy({ metadata: { namespace: 'shop', name: 'allow' }, ...(spec === undefined ? {} : { spec }) })

/** Selectors of pods in the namespace of the policy, and in namespaces of which something is asked. */
const pods = (more = '') => `(projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s"${more})`
const anywhere = '(has(projectcalico.org/namespace) && projectcalico.org/orchestrator == "k8s")'
const web = '(app == "web" && projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s")'

describe('a NetworkPolicy of Kubernetes', () => {
  test('becomes a policy of the default tier', () => {
    expect(
      convert({
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 80 }] }],
        egress: [{ to: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ protocol: 'UDP', port: 'dns' }] }],
      }),
    ).toEqual({
      issues: [],
      policy: {
        kind: 'KubernetesNetworkPolicy',
        namespace: 'shop',
        name: 'allow',
        tier: 'default',
        order: 1000,
        selector: web,
        types: ['Ingress', 'Egress'],
        ingress: [
          {
            action: 'Allow',
            protocol: 6,
            source: { nets: ['10.0.0.0/8'], notNets: ['10.1.0.0/16'] },
            destination: { ports: [{ from: 80, to: 80 }] },
          },
        ],
        egress: [{ action: 'Allow', protocol: 17, destination: { selector: web, ports: [{ name: 'dns' }] } }],
      },
    })
  })

  describe('is for the directions of', () => {
    for (const [spec, types] of [
      [undefined, ['Ingress']],
      [{}, ['Ingress']],
      [{ egress: [] }, ['Ingress']],
      [{ egress: [{}] }, ['Ingress', 'Egress']],
      [{ policyTypes: null, egress: null }, ['Ingress']],
      [{ policyTypes: [], egress: [{}] }, ['Ingress', 'Egress']],
      [{ policyTypes: ['Egress'] }, ['Egress']],
      [{ policyTypes: ['Egress', 'Ingress', 'Egress'] }, ['Ingress', 'Egress']],
      [{ policyTypes: ['Ingress'], egress: [{}] }, ['Ingress']],
    ] as const) {
      test(JSON.stringify(spec ?? 'no spec'), () => {
        const { policy, issues } = convert(spec)
        expect([policy?.types, issues]).toEqual([types, []])
        expect(policy?.selector).toBe(pods())
        // What a direction says that the policy is not for has no meaning.
        if (!policy?.types.includes('Egress')) expect(policy?.egress).toEqual([])
      })
    }
  })

  describe('selects pods by', () => {
    for (const [podSelector, selector] of [
      [{}, pods()],
      [null, pods()],
      [{ matchLabels: null, matchExpressions: null }, pods()],
      [{ matchLabels: { app: 'web' } }, web],
      [{ matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'web'] }] }, web],
      [{ matchLabels: { app: 'web' }, matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }, web],
      [
        { matchLabels: { z: '', 'a.b/c': 'x' } },
        '(a.b/c == "x" && projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s" && z == "")',
      ],
      [{ matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['b', 'a'] }] }, pods(' && x not in {"a", "b"}')],
      [{ matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a'] }] }, pods(' && x != "a"')],
      [
        { matchExpressions: [{ key: 'x', operator: 'Exists' }] },
        '(has(x) && projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s")',
      ],
      [
        { matchExpressions: [{ key: 'x', operator: 'DoesNotExist', values: [] }] },
        '(!has(x) && projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s")',
      ],
    ] as const) {
      test(JSON.stringify(podSelector), () => {
        const { policy, issues } = convert({ podSelector })
        expect([policy?.selector, issues]).toEqual([selector, []])
      })
    }
  })

  test('takes a label that is missing for one that is not in a list', () => {
    const { policy } = convert({
      podSelector: { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a', 'b'] }] },
    })
    const place = { 'projectcalico.org/namespace': 'shop', 'projectcalico.org/orchestrator': 'k8s' }
    const selector = parseSelector(policy?.selector ?? '')
    expect([{}, { x: 'c' }, { x: 'a' }].map((labels) => selector.matches({ ...place, ...labels }))).toEqual([
      true,
      true,
      false,
    ])
  })

  describe('lets in from', () => {
    for (const [from, sources] of [
      [undefined, [undefined]],
      [null, [undefined]],
      [[], [undefined]],
      [[{ podSelector: {} }], [{ selector: pods() }]],
      [[{ podSelector: { matchLabels: { app: 'web' } }, ipBlock: null }], [{ selector: web }]],
      [[{ namespaceSelector: {} }], [{ selector: anywhere }]],
      [[{ namespaceSelector: {}, podSelector: {} }], [{ selector: anywhere }]],
      [
        [{ namespaceSelector: { matchLabels: { team: 'a' } } }],
        [{ selector: '(pcns.team == "a" && projectcalico.org/orchestrator == "k8s")' }],
      ],
      [
        [{ namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] } }],
        [{ selector: '(!has(pcns.team) && projectcalico.org/orchestrator == "k8s")' }],
      ],
      [
        // In one peer: both.
        [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'a' } },
            podSelector: { matchLabels: { app: 'web' } },
          },
        ],
        [
          {
            selector:
              '(app == "web" && pcns.kubernetes.io/metadata.name == "a" && projectcalico.org/orchestrator == "k8s")',
          },
        ],
      ],
      [
        // In two peers: either.
        [{ namespaceSelector: {} }, { podSelector: {} }],
        [{ selector: anywhere }, { selector: pods() }],
      ],
      [[{ ipBlock: { cidr: '0.0.0.0/0' } }], [{ nets: ['0.0.0.0/0'] }]],
      [[{ ipBlock: { cidr: '10.0.0.1/8', except: [] } }], [{ nets: ['10.0.0.0/8'] }]],
      [
        [{ ipBlock: { cidr: '2001:DB8::/32', except: ['2001:db8:1::1/48', '2001:db8::1/128'] } }],
        [{ nets: ['2001:db8::/32'], notNets: ['2001:db8:1::/48', '2001:db8::1/128'] }],
      ],
    ] as const) {
      test(JSON.stringify(from ?? String(from)), () => {
        const { policy, issues } = convert({ ingress: [{ from }] })
        const rules = sources.map((source) => (source === undefined ? {} : { source }))
        expect([policy?.ingress, issues]).toEqual([rules.map((rule) => ({ action: 'Allow', ...rule })), []])
      })
    }
  })

  describe('lets in to', () => {
    const range = (from: number, to = from) => ({ from, to })
    for (const [ports, rules] of [
      [undefined, [{}]],
      [null, [{}]],
      [[], [{}]],
      [[{}], [{ protocol: 6 }]],
      [[{ protocol: 'SCTP' }], [{ protocol: 132 }]],
      [[{ port: 80 }], [{ protocol: 6, ports: [range(80)] }]],
      [[{ port: 1, endPort: 65_535 }], [{ protocol: 6, ports: [range(1, 65_535)] }]],
      [[{ port: 80, endPort: 80 }], [{ protocol: 6, ports: [range(80)] }]],
      [[{ port: 80, protocol: null, endPort: null }], [{ protocol: 6, ports: [range(80)] }]],
      [[{ port: 'http' }], [{ protocol: 6, ports: [{ name: 'http' }] }]],
      [
        [{ port: 443 }, { port: 80 }, { port: 81 }, { port: 90, endPort: 100 }, { port: 95 }, { port: 80 }],
        [{ protocol: 6, ports: [range(80, 81), range(90, 100), range(443)] }],
      ],
      [
        [{ port: 'b' }, { port: 7 }, { port: 'a' }, { port: 'b' }],
        [{ protocol: 6, ports: [range(7), { name: 'a' }, { name: 'b' }] }],
      ],
      [[{ port: 80 }, {}], [{ protocol: 6 }]],
      [
        [{ protocol: 'SCTP', port: 9 }, { protocol: 'UDP', port: 53 }, { port: 53 }, { protocol: 'UDP', port: 54 }],
        [
          { protocol: 6, ports: [range(53)] },
          { protocol: 17, ports: [range(53, 54)] },
          { protocol: 132, ports: [range(9)] },
        ],
      ],
    ] as const) {
      test(JSON.stringify(ports ?? String(ports)), () => {
        const { policy, issues } = convert({ ingress: [{ ports }] })
        const expected = rules.map((rule) => ({
          action: 'Allow',
          ...('protocol' in rule ? { protocol: rule.protocol } : {}),
          ...('ports' in rule ? { destination: { ports: rule.ports } } : {}),
        }))
        expect([policy?.ingress, issues]).toEqual([expected, []])
      })
    }
  })

  test('may have as many ports as fit into an object', () => {
    // 1, 3, ..., 65535, then 2, 4, ..., 34464.
    const ports = Array.from({ length: 50_000 }, (_, index) => ({ port: 1 + ((2 * index) % 65_535) }))
    const { policy, issues } = convert({ ingress: [{ ports }] })
    const range = (from: number, to = from) => ({ from, to })
    const singles = Array.from({ length: 15_535 }, (_, index) => range(34_467 + 2 * index))
    expect(issues).toEqual([])
    expect(policy?.ingress).toEqual([
      { action: 'Allow', protocol: 6, destination: { ports: [range(1, 34_465), ...singles] } },
    ])
  })

  test('has a rule for each peer and protocol, those of one protocol side by side', () => {
    const rules = (peers: 'from' | 'to') => [
      {
        [peers]: [{ podSelector: {} }, { ipBlock: { cidr: '192.0.2.0/24' } }],
        ports: [{ port: 1 }, { protocol: 'UDP' }],
      },
      {},
    ]
    const { policy } = convert({ ingress: rules('from'), egress: rules('to') })
    const ports = [{ from: 1, to: 1 }]
    const block = { nets: ['192.0.2.0/24'] }
    expect(policy?.ingress).toEqual([
      { action: 'Allow', protocol: 6, source: { selector: pods() }, destination: { ports } },
      { action: 'Allow', protocol: 6, source: block, destination: { ports } },
      { action: 'Allow', protocol: 17, source: { selector: pods() } },
      { action: 'Allow', protocol: 17, source: block },
      { action: 'Allow' },
    ])
    expect(policy?.egress).toEqual([
      { action: 'Allow', protocol: 6, destination: { selector: pods(), ports } },
      { action: 'Allow', protocol: 6, destination: { ...block, ports } },
      { action: 'Allow', protocol: 17, destination: { selector: pods() } },
      { action: 'Allow', protocol: 17, destination: block },
      { action: 'Allow' },
    ])
  })
})
