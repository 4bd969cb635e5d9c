import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  describeIssues,
  networkPolicies,
  networkPolicyToPolicy,
  type PolicyRule,
  parseSelector,
} from '../../src/index.ts'

const convert = (spec: unknown) =>
  networkPolicyToPolicy({ metadata: { namespace: 'shop', name: 'allow' }, ...(spec === undefined ? {} : { spec }) })

/** Selectors of pods in the namespace of the policy, and in namespaces of which something is asked. */
const pods = (more = '') => `(projectcalico.org/namespace == "shop" && projectcalico.org/orchestrator == "k8s"${more})`

describe('a malformed NetworkPolicy', () => {
  const port = 'must be a whole number of 1 to 65535 or the name of a port'
  const name = 'must be a name of at most 15 lower case letters, digits and single -, with at least one letter'
  const cidr = 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64'
  const selector = 'must be a label selector: an object with matchLabels and matchExpressions'
  const label = 'must be the name of a label such as app or example.com/app'
  const value = 'must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends'

  describe('lets nothing through a rule with', () => {
    const from = (peer: unknown) => ({ from: [peer] })
    const ports = (one: unknown) => ({ ports: [one] })
    const expression = (one: unknown) => from({ podSelector: { matchExpressions: [one] } })
    const block = (one: unknown) => from({ ipBlock: one })
    for (const [rule, path, message] of [
      [7, '', 'must be an object with from and ports'],
      [null, '', 'must be an object with from and ports'],
      [[], '', 'must be an object with from and ports'],
      [{ from: 7 }, '.from', 'must be a list of peers'],
      [{ from: {} }, '.from', 'must be a list of peers'],
      [{ ports: 'all' }, '.ports', 'must be a list of ports'],
      [from(null), '.from[0]', 'must be an object with podSelector, namespaceSelector or ipBlock'],
      [from({}), '.from[0]', 'must have podSelector, namespaceSelector or ipBlock'],
      [from({ unknown: 1 }), '.from[0]', 'must have podSelector, namespaceSelector or ipBlock'],
      [from({ podSelector: 7 }), '.from[0].podSelector', selector],
      [from({ podSelector: [] }), '.from[0].podSelector', selector],
      [from({ podSelector: {}, namespaceSelector: 'x' }), '.from[0].namespaceSelector', selector],
      [
        from({ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
        '.from[0].ipBlock',
        'must be absent beside a selector',
      ],
      [
        from({ namespaceSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }),
        '.from[0].ipBlock',
        'must be absent beside a selector',
      ],
      [
        from({ podSelector: { matchLabels: ['a'] } }),
        '.from[0].podSelector.matchLabels',
        'must be an object of labels and their values',
      ],
      [from({ podSelector: { matchLabels: { a: 7 } } }), '.from[0].podSelector.matchLabels["a"]', value],
      [from({ podSelector: { matchLabels: { 'a b': 'x' } } }), '.from[0].podSelector.matchLabels["a b"]', label],
      [
        from({ podSelector: { matchExpressions: {} } }),
        '.from[0].podSelector.matchExpressions',
        'must be a list of expressions',
      ],
      [expression(7), '.from[0].podSelector.matchExpressions[0]', 'must be an object with key, operator and values'],
      [expression({ operator: 'Exists' }), '.from[0].podSelector.matchExpressions[0].key', label],
      [
        expression({ key: 'a', operator: 'Gt', values: ['1'] }),
        '.from[0].podSelector.matchExpressions[0].operator',
        'must be In, NotIn, Exists or DoesNotExist',
      ],
      [
        expression({ key: 'a', operator: 'in', values: ['1'] }),
        '.from[0].podSelector.matchExpressions[0].operator',
        'must be In, NotIn, Exists or DoesNotExist',
      ],
      [
        expression({ key: 'a', operator: 'In' }),
        '.from[0].podSelector.matchExpressions[0].values',
        'must have at least one value with the operator In',
      ],
      [
        expression({ key: 'a', operator: 'NotIn', values: [] }),
        '.from[0].podSelector.matchExpressions[0].values',
        'must have at least one value with the operator NotIn',
      ],
      [
        expression({ key: 'a', operator: 'NotIn', values: 'b' }),
        '.from[0].podSelector.matchExpressions[0].values',
        'must be a list of label values',
      ],
      [
        expression({ key: 'a', operator: 'NotIn', values: ['b', 7] }),
        '.from[0].podSelector.matchExpressions[0].values[1]',
        value,
      ],
      [
        expression({ key: 'a', operator: 'Exists', values: ['b'] }),
        '.from[0].podSelector.matchExpressions[0].values',
        'must be empty with the operator Exists',
      ],
      [block('10.0.0.0/8'), '.from[0].ipBlock', 'must be an object with cidr and except'],
      [block({}), '.from[0].ipBlock.cidr', cidr],
      [block({ cidr: 7 }), '.from[0].ipBlock.cidr', cidr],
      [block({ cidr: '10.0.0.1' }), '.from[0].ipBlock.cidr', `${cidr}: for this one address write 10.0.0.1/32`],
      [block({ cidr: '10.0.0.0/33' }), '.from[0].ipBlock.cidr', `${cidr}, with a length of 0 to 32`],
      [block({ cidr: '10.0.0.00/8' }), '.from[0].ipBlock.cidr', `${cidr}: 10.0.0.00 is no address`],
      [
        block({ cidr: '10.0.0.0/8', except: '10.0.0.0/9' }),
        '.from[0].ipBlock.except',
        'must be a list of CIDRs within cidr',
      ],
      [block({ cidr: '10.0.0.0/8', except: ['10.1.0.0/16', 7] }), '.from[0].ipBlock.except[1]', cidr],
      [
        block({ cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] }),
        '.from[0].ipBlock.except[0]',
        'must be a smaller part of 10.0.0.0/8',
      ],
      [
        block({ cidr: '10.0.0.0/8', except: ['10.0.0.0/8'] }),
        '.from[0].ipBlock.except[0]',
        'must be a smaller part of 10.0.0.0/8',
      ],
      [block({ cidr: '::/0', except: ['10.0.0.0/8'] }), '.from[0].ipBlock.except[0]', 'must be a smaller part of ::/0'],
      [ports(80), '.ports[0]', 'must be an object with protocol, port and endPort'],
      [ports({ protocol: 'tcp', port: 80 }), '.ports[0].protocol', 'must be TCP, UDP or SCTP'],
      [ports({ protocol: 'ICMP' }), '.ports[0].protocol', 'must be TCP, UDP or SCTP'],
      [ports({ protocol: 6 }), '.ports[0].protocol', 'must be TCP, UDP or SCTP'],
      [ports({ port: 0 }), '.ports[0].port', port],
      [ports({ port: 65_536 }), '.ports[0].port', port],
      [ports({ port: 80.5 }), '.ports[0].port', port],
      [ports({ port: {} }), '.ports[0].port', port],
      [ports({ port: '80' }), '.ports[0].port', name],
      [ports({ port: 'Http' }), '.ports[0].port', name],
      [ports({ port: 'a--b' }), '.ports[0].port', name],
      [ports({ port: 'a-name-of-16-ch-' }), '.ports[0].port', name],
      [
        ports({ port: 80, endPort: 79 }),
        '.ports[0].endPort',
        'must be a whole number of 80, which is the port, to 65535',
      ],
      [
        ports({ port: 80, endPort: 65_536 }),
        '.ports[0].endPort',
        'must be a whole number of 80, which is the port, to 65535',
      ],
      [
        ports({ port: 80, endPort: '90' }),
        '.ports[0].endPort',
        'must be a whole number of 80, which is the port, to 65535',
      ],
      [ports({ port: 'http', endPort: 90 }), '.ports[0].endPort', 'must be absent beside the name of a port'],
      [ports({ endPort: 90 }), '.ports[0].endPort', 'must be absent without a port'],
    ] as const) {
      test(JSON.stringify(rule), () => {
        const right = { ports: [{ port: 443 }] }
        const { policy, issues } = convert({ ingress: [right, rule, right] })
        expect(issues.map((issue) => [issue.path, issue.message])).toEqual([[`spec.ingress[1]${path}`, message]])
        const allowed: PolicyRule = { action: 'Allow', protocol: 6, destination: { ports: [{ from: 443, to: 443 }] } }
        expect(policy?.ingress).toEqual([allowed, allowed])
      })
    }
  })

  test('keeps the peers and ports of a rule that are right', () => {
    const { policy, issues } = convert({
      ingress: [{ from: [{ ipBlock: { cidr: 'x/8' } }, { podSelector: {} }], ports: [{ port: 0 }, { port: 80 }] }],
    })
    expect(issues.map(({ path }) => path)).toEqual([
      'spec.ingress[0].from[0].ipBlock.cidr',
      'spec.ingress[0].ports[0].port',
    ])
    expect(policy?.ingress).toEqual([
      { action: 'Allow', protocol: 6, source: { selector: pods() }, destination: { ports: [{ from: 80, to: 80 }] } },
    ])
  })

  for (const [what, condition, meaning] of [
    ['a label is compared', { matchLabels: { x: 'a b' } }, ' && x in {}'],
    ['a list has', { matchExpressions: [{ key: 'x', operator: 'In', values: ['a', `'"`] }] }, ' && x == "a"'],
    [
      'a list must not have',
      { matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['a\n'] }] },
      ' && x not in {}',
    ],
  ] as const) {
    test(`is clear when no label can have the value that ${what}`, () => {
      const { policy, issues } = convert({ podSelector: condition })
      expect(issues.map(({ message }) => message)).toEqual([value])
      expect(policy?.selector).toBe(pods(meaning))
    })
  }

  for (const [object, path, message] of [
    [
      { metadata: { namespace: 'a', name: 'b' }, spec: 7 },
      'spec',
      'must be an object with podSelector, policyTypes, ingress, egress',
    ],
    [{ metadata: { namespace: 'a', name: 'b' }, spec: { podSelector: 7 } }, 'spec.podSelector', selector],
    [
      { metadata: { name: 'b' } },
      'metadata.namespace',
      'must be at most 253 lower case letters, digits, - and ., with a letter or digit at both ends',
    ],
    [
      { metadata: { namespace: 'a', name: `'"` } },
      'metadata.name',
      'must be at most 253 lower case letters, digits, - and ., with a letter or digit at both ends',
    ],
  ] as const) {
    test(`is skipped when ${path} cannot be read`, () => {
      const { policy, issues } = networkPolicyToPolicy(object)
      expect(policy).toBeUndefined()
      expect(issues.map((issue) => [issue.path, issue.message])).toEqual([[path, message]])
    })
  }

  for (const [spec, types, path] of [
    [{ policyTypes: 'Egress' }, ['Ingress'], 'spec.policyTypes'],
    [{ policyTypes: ['egress'], egress: [{}] }, ['Ingress', 'Egress'], 'spec.policyTypes[0]'],
    [{ policyTypes: [7, 'Egress'] }, ['Egress'], 'spec.policyTypes[0]'],
    [{ ingress: 7 }, ['Ingress'], 'spec.ingress'],
    [{ egress: {} }, ['Ingress', 'Egress'], 'spec.egress'],
  ] as const) {
    test(`isolates all the same: ${JSON.stringify(spec)}`, () => {
      const { policy, issues } = convert(spec)
      expect(policy?.types).toEqual(types)
      expect(issues.map((issue) => issue.path)).toEqual([path])
    })
  }

  test('is told of with object, field, value and what is allowed', () => {
    const { issues } = convert({ ingress: [{ ports: [{ port: 0 }] }] })
    expect(describeIssues(networkPolicies, 'shop/allow', issues)).toBe(
      `NetworkPolicy shop/allow: spec.ingress[0].ports[0].port ${port}, not 0`,
    )
  })

  test('of any form is read without an exception, and allows only what selectors, CIDRs and ports can say', () => {
    const key = fc.constantFrom(
      'podSelector',
      'namespaceSelector',
      'matchLabels',
      'matchExpressions',
      'key',
      'operator',
      'values',
      'policyTypes',
      'ingress',
      'egress',
      'from',
      'to',
      'ports',
      'port',
      'endPort',
      'protocol',
      'ipBlock',
      'cidr',
      'except',
      'a',
      '__proto__',
    )
    const text = fc.constantFrom('TCP', 'In', 'NotIn', 'Exists', '10.0.0.0/8', '10.1.0.0/16', 'http', `'"`, 'Ingress')
    const { json } = fc.letrec<{ json: unknown }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'medium' },
        fc.oneof(text, fc.string(), fc.integer({ min: -1, max: 65_537 }), fc.double(), fc.boolean(), fc.constant(null)),
        fc.array(tie('json'), { maxLength: 3 }),
        fc.dictionary(key, tie('json'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }))
    const place = fc.constant({ namespace: 'shop', name: 'allow' })
    const object = fc.oneof(json, fc.record({ metadata: fc.oneof({ weight: 9, arbitrary: place }, json), spec: json }))
    fc.assert(
      fc.property(object, (any) => {
        const { policy, issues } = networkPolicyToPolicy(any)
        for (const issue of issues) expect(issue.path).toMatch(/^(spec|metadata)/)
        if (policy === undefined) expect(issues).not.toEqual([])
        else
          for (const { source, destination } of [...policy.ingress, ...policy.egress]) {
            for (const side of [source, destination]) if (side?.selector !== undefined) parseSelector(side.selector)
          }
      }),
      { numRuns: 1000 },
    )
  })
})
