import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  type AnyKind,
  CalicoNetworkPolicy,
  calicoPolicyToPolicy,
  GlobalNetworkPolicy,
  type PolicyRule,
  parseSelector,
  StagedGlobalNetworkPolicy,
  StagedKubernetesNetworkPolicy,
  StagedNetworkPolicy,
  stagedKubernetesPolicyToPolicy,
  validate,
} from '../../src/index.ts'
import { readDocuments } from '../documents/read-documents.ts'

const inShop = 'projectcalico.org/namespace == "shop"'
const policy = (spec: unknown, definition: AnyKind = CalicoNetworkPolicy, options = {}) =>
  calicoPolicyToPolicy(
    definition,
    {
      apiVersion: 'projectcalico.org/v3',
      kind: definition.kind,
      metadata: { name: 'web', ...(definition.scope === 'Namespaced' ? { namespace: 'shop' } : {}) },
      spec,
    },
    options,
  )
const one = (rule: object, definition: AnyKind = CalicoNetworkPolicy, options = {}) => {
  const { policy: converted, issues } = policy({ types: ['Ingress', 'Egress'], ingress: [rule] }, definition, options)
  return { rules: converted?.ingress, issues: issues.map(({ path, message }) => `${path} ${message}`) }
}

describe('a policy of Calico', () => {
  test('without anything isolates for ingress, last in the default tier', () => {
    expect(policy({})).toEqual({
      issues: [],
      policy: {
        kind: 'CalicoNetworkPolicy',
        namespace: 'shop',
        name: 'web',
        tier: 'default',
        order: Number.POSITIVE_INFINITY,
        selector: inShop,
        types: ['Ingress'],
        ingress: [],
        egress: [],
      },
    })
  })

  test.each<[string, object, readonly string[]]>([
    ['of what it has rules for', { egress: [{ action: 'Allow' }] }, ['Egress']],
    [
      'of both when it has rules for both',
      { ingress: [{ action: 'Allow' }], egress: [{ action: 'Allow' }] },
      ['Ingress', 'Egress'],
    ],
    ['of what it says, whatever rules it has', { types: ['Egress'], ingress: [{ action: 'Allow' }] }, ['Egress']],
  ])('is %s', (_, spec, types) => {
    expect(policy(spec).policy).toMatchObject({ types, ...(types.includes('Ingress') ? {} : { ingress: [] }) })
  })

  test.each<[string, AnyKind, object, string]>([
    [
      'its namespace',
      CalicoNetworkPolicy,
      { selector: "app == 'web' || has(x)" },
      `((app == "web" || has(x)) && ${inShop})`,
    ],
    [
      'service accounts',
      CalicoNetworkPolicy,
      { serviceAccountSelector: "role == 'db'" },
      `(pcsa.role == "db" && ${inShop})`,
    ],
    ['everything', GlobalNetworkPolicy, {}, 'all()'],
    [
      'namespaces',
      GlobalNetworkPolicy,
      { selector: 'has(x)', namespaceSelector: "env == 'prod'" },
      '(has(x) && pcns.env == "prod")',
    ],
    ['any namespace', GlobalNetworkPolicy, { namespaceSelector: 'all()' }, 'has(projectcalico.org/namespace)'],
    ['accounts anywhere', GlobalNetworkPolicy, { serviceAccountSelector: 'has(role)' }, 'has(pcsa.role)'],
  ])('is for %s', (_, definition, spec, selector) => {
    expect(policy(spec, definition)).toMatchObject({ policy: { selector }, issues: [] })
  })

  test('keeps tier, order, hints, and where it applies on the way of a packet', () => {
    const spec = { tier: 'security', order: 10.5, performanceHints: ['AssumeNeededOnEveryNode'] }
    expect(policy(spec).policy).toMatchObject(spec)
    const flags = { preDNAT: true, applyOnForward: true }
    expect(policy(flags, GlobalNetworkPolicy).policy).toMatchObject(flags)
    expect(policy({ doNotTrack: true, applyOnForward: true }, GlobalNetworkPolicy).policy).toMatchObject({
      doNotTrack: true,
    })
    expect(policy({ preDNAT: false }, GlobalNetworkPolicy).policy).not.toHaveProperty('preDNAT')
  })

  test('on trial says so', () => {
    expect(policy({}, StagedNetworkPolicy).policy).toMatchObject({ kind: 'StagedNetworkPolicy', staged: 'Set' })
    expect(policy({ stagedAction: 'Delete' }, StagedGlobalNetworkPolicy).policy).toMatchObject({
      kind: 'StagedGlobalNetworkPolicy',
      staged: 'Delete',
    })
    const staged = (stagedAction: string) =>
      stagedKubernetesPolicyToPolicy({
        metadata: { name: 'a', namespace: 'shop' },
        spec: { stagedAction, podSelector: {} },
      })
    expect(staged('Learn')).toMatchObject({
      policy: { kind: 'StagedKubernetesNetworkPolicy', staged: 'Learn', order: 1000 },
      issues: [],
    })
    expect(staged('Enforce')).toMatchObject({ policy: undefined, issues: [{ path: 'spec.stagedAction' }] })
  })
})

describe('a rule of Calico', () => {
  const tcp = { action: 'Allow', protocol: 'TCP' } as const
  test.each<[string, object, PolicyRule | PolicyRule[]]>([
    ['nothing', { action: 'Log' }, { action: 'Log' }],
    ['an IP version', { action: 'Pass', ipVersion: 6 }, { action: 'Pass', ipVersion: 6 }],
    ['a protocol by name', { action: 'Deny', protocol: 'UDPLite' }, { action: 'Deny', protocol: 136 }],
    ['a protocol by number as text', { action: 'Deny', protocol: '47' }, { action: 'Deny', protocol: 47 }],
    ['other protocols', { action: 'Allow', notProtocol: 'ICMPv6' }, { action: 'Allow', notProtocol: 58 }],
    [
      'ICMP',
      { action: 'Allow', protocol: 'ICMP', icmp: { type: 8, code: 0 }, notICMP: { type: 3 } },
      { action: 'Allow', protocol: 1, icmp: { type: 8, code: 0 }, notIcmp: { type: 3 } },
    ],
    ['ICMP without type', { action: 'Allow', protocol: 1, icmp: {}, notICMP: {} }, { action: 'Allow', protocol: 1 }],
    [
      'addresses',
      { action: 'Allow', source: { nets: ['10.0.0.1', '10.1.2.3/8'], notNets: ['10.9.0.0/16'] } },
      { action: 'Allow', source: { nets: ['10.0.0.1/32', '10.0.0.0/8'], notNets: ['10.9.0.0/16'] } },
    ],
    [
      'empty lists and texts as absent',
      { action: 'Deny', source: { nets: [], ports: [], selector: '' } },
      { action: 'Deny' },
    ],
    [
      'ports, merged',
      { ...tcp, source: { notPorts: [22] }, destination: { ports: ['8000:8080', 443, 8081, 'http', 'http'] } },
      {
        action: 'Allow',
        protocol: 6,
        source: { notPorts: [{ from: 22, to: 22 }] },
        destination: { ports: [{ from: 443, to: 443 }, { from: 8000, to: 8081 }, { name: 'http' }] },
      },
    ],
    [
      'a name of a port in each protocol that has ports',
      { action: 'Allow', notProtocol: 'UDP', destination: { ports: ['dns'] } },
      [6, 132].map((protocol) => ({ action: 'Allow', protocol, destination: { ports: [{ name: 'dns' }] } })),
    ],
    [
      'pods of the policy’s namespace',
      { action: 'Allow', source: { selector: "role == 'web'" } },
      { action: 'Allow', source: { selector: `(${inShop} && role == "web")` } },
    ],
    [
      'others of its namespace',
      { action: 'Deny', source: { notSelector: 'has(x)' } },
      { action: 'Deny', source: { selector: inShop, notSelector: 'has(x)' } },
    ],
    [
      'pods of other namespaces',
      { action: 'Allow', source: { selector: 'has(x)', namespaceSelector: "env == 'prod'" } },
      { action: 'Allow', source: { selector: '(has(x) && pcns.env == "prod")' } },
    ],
    [
      'all namespaces',
      { action: 'Allow', source: { namespaceSelector: 'all()' } },
      { action: 'Allow', source: { selector: 'has(projectcalico.org/namespace)' } },
    ],
    [
      'what has no namespace',
      { action: 'Allow', source: { namespaceSelector: 'global()', selector: 'all()' } },
      { action: 'Allow', source: { selector: '!has(projectcalico.org/namespace)' } },
    ],
    [
      'service accounts',
      { action: 'Allow', source: { serviceAccounts: { names: ['b', 'a'], selector: 'has(role)' } } },
      {
        action: 'Allow',
        source: { selector: `(has(pcsa.role) && ${inShop} && projectcalico.org/serviceaccount in {"a", "b"})` },
      },
    ],
  ])('asks for %s', (_, rule, expected) => {
    expect(one(rule)).toEqual({ rules: [expected].flat(), issues: [] })
  })

  test('of a policy without namespace means endpoints everywhere', () => {
    expect(one({ action: 'Allow', source: { selector: 'all()' } }, GlobalNetworkPolicy)).toEqual({
      rules: [{ action: 'Allow', source: { selector: 'all()' } }],
      issues: [],
    })
    expect(one({ action: 'Deny', source: { notSelector: 'has(x)' } }, GlobalNetworkPolicy).rules).toEqual([
      { action: 'Deny', source: { notSelector: 'has(x)' } },
    ])
  })

  test('keeps services only for those who follow them', () => {
    const rule = { action: 'Allow', source: { services: { name: 'api' } } }
    expect(one(rule)).toEqual({
      rules: [],
      issues: [expect.stringMatching(/^spec\.ingress\[0\]\.source\.services cannot be followed here/)],
    })
    expect(one({ ...rule, action: 'Deny' }).rules).toEqual([{ action: 'Deny' }])
    expect(one(rule, CalicoNetworkPolicy, { services: true })).toEqual({
      rules: [{ action: 'Allow', source: { service: { namespace: 'shop', name: 'api' } } }],
      issues: [],
    })
  })
})

describe('what cannot be followed', () => {
  const bad = { selector: 'a == ', nets: ['10.0.0.0/8'] }
  test.each<[string, object, PolicyRule[], RegExp]>([
    ['allows nothing', { action: 'Allow', source: bad }, [], /^spec\.ingress\[0\]\.source\.selector /],
    ['logs nothing', { action: 'Log', source: bad }, [], /selector/],
    [
      'denies without asking for it',
      { action: 'Deny', source: bad },
      [{ action: 'Deny', source: { nets: ['10.0.0.0/8'] } }],
      /selector/,
    ],
    [
      'passes nothing on',
      { action: 'Pass', source: bad },
      [{ action: 'Deny', source: { nets: ['10.0.0.0/8'] } }],
      /selector/,
    ],
    [
      'is taken for a denial',
      { action: 'Alow', protocol: 'TCP' },
      [{ action: 'Deny', protocol: 6 }],
      /action must be one of/,
    ],
    ['denies all when nothing of it can be read', 7 as never, [{ action: 'Deny' }], /must be an object/],
    [
      'is one item of a list',
      { action: 'Deny', protocol: 'TCP', source: { nets: ['10.0.0.0/8', 'x'] } },
      [{ action: 'Deny', protocol: 6 }],
      /nets\[1\]/,
    ],
    [
      'is a field of somebody else',
      { action: 'Allow', destination: { domains: ['example.com'] } },
      [],
      /domains is no field here/,
    ],
    ['is HTTP', { action: 'Allow', protocol: 'TCP', http: { methods: ['GET'] } }, [], /http cannot be matched/],
    [
      'is a protocol, and with it the ports',
      { action: 'Deny', protocol: 'TPC', destination: { ports: [80] } },
      [{ action: 'Deny' }],
      /protocol must be one of/,
    ],
    [
      'is the absence of a protocol',
      { action: 'Allow', source: { notPorts: ['http'] } },
      [],
      /notPorts needs protocol/,
    ],
    [
      'is a long name',
      { action: 'Allow', source: { serviceAccounts: { names: ['a'.repeat(63)] } } },
      [],
      /at most 62 characters/,
    ],
    [
      'is the namespaces, not the pods',
      { action: 'Deny', source: { selector: 'has(x)', namespaceSelector: '=' } },
      [
        {
          action: 'Deny',
          source: { selector: '((has(projectcalico.org/namespace) || !has(projectcalico.org/namespace)) && has(x))' },
        },
      ],
      /namespaceSelector/,
    ],
  ])('%s', (_, rule, rules, message) => {
    const result = one(rule)
    expect(result.rules).toEqual(rules)
    expect(result.issues).toEqual([expect.stringMatching(message)])
  })

  test.each([
    ['whom it is for', { selector: 'a ==' }],
    ['in which order', { order: 'first' }],
    ['in which tier', { tier: 'Not a tier' }],
    ['what it is', 'text'],
  ])('is no policy when nobody can say %s', (_, spec) => {
    const { policy: converted, issues } = policy(spec)
    expect(converted).toBeUndefined()
    expect(issues.length).toBeGreaterThan(0)
  })

  test('of lists of rules denies their direction', () => {
    expect(policy({ ingress: { action: 'Allow' }, egress: [{ action: 'Allow' }] }).policy).toMatchObject({
      types: ['Ingress', 'Egress'],
      ingress: [{ action: 'Deny' }],
      egress: [{ action: 'Allow' }],
    })
  })

  test('needs a namespace where the kind has one', () => {
    const { policy: converted, issues } = calicoPolicyToPolicy(CalicoNetworkPolicy, {
      metadata: { name: 'a' },
      spec: {},
    })
    expect([converted, issues]).toEqual([undefined, [expect.objectContaining({ path: 'metadata.namespace' })]])
  })
})

const kinds = [CalicoNetworkPolicy, GlobalNetworkPolicy, StagedNetworkPolicy, StagedGlobalNetworkPolicy] as const

test('every document of these kinds is turned over, with nothing but HTTP left out', () => {
  const documents = readDocuments().filter(({ kind }) => (kinds as readonly AnyKind[]).includes(kind))
  expect(documents.length).toBeGreaterThan(8)
  for (const { kind, object } of documents) {
    const { policy: converted, issues } = calicoPolicyToPolicy(kind, object, { services: true })
    expect(issues.filter(({ path }) => !path.endsWith('.http'))).toEqual([])
    if (converted === undefined) throw new Error(object.metadata.name)
    for (const selector of [converted.selector, ...selectorsOf([...converted.ingress, ...converted.egress])]) {
      expect(parseSelector(selector).canonical).toBe(selector)
    }
  }
  const staged = readDocuments().filter(({ kind }) => kind === StagedKubernetesNetworkPolicy)
  for (const { object } of staged)
    expect(stagedKubernetesPolicyToPolicy(object)).toMatchObject({ policy: {}, issues: [] })
})

test('whatever comes, nothing is thrown, and what is not valid has an issue', () => {
  const documents = readDocuments().filter(({ kind }) => (kinds as readonly AnyKind[]).includes(kind))
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(null, '', '!', -1, [], {}, [null], 'a == "', 'TCP'),
  )
  fc.assert(
    fc.property(fc.constantFrom(...documents), fc.nat(), junk, ({ kind, object }, position, value) => {
      const changed = replaceAt(structuredClone(object), position, value)
      const { policy: converted, issues } = calicoPolicyToPolicy(kind, changed)
      if (validate(kind, changed).length > 0) expect(issues.length).toBeGreaterThan(0)
      for (const rule of [...(converted?.ingress ?? []), ...(converted?.egress ?? [])]) {
        expect(['Allow', 'Deny', 'Pass', 'Log']).toContain(rule.action)
        if (rule.destination?.ports !== undefined) expect(rule.protocol).toBeDefined()
      }
    }),
    { numRuns: 300 },
  )
})

function selectorsOf(rules: readonly PolicyRule[]): string[] {
  return rules.flatMap(({ source, destination }) =>
    [source?.selector, source?.notSelector, destination?.selector, destination?.notSelector].filter(
      (text) => text !== undefined,
    ),
  )
}

/** Puts a value in place of one that is somewhere in the spec. */
function replaceAt<T extends { spec: object }>(object: T, position: number, value: unknown): T {
  const places: [Record<string, unknown>, string][] = []
  const walk = (part: unknown) => {
    if (typeof part !== 'object' || part === null) return
    for (const [key, item] of Object.entries(part)) {
      places.push([part as Record<string, unknown>, key])
      walk(item)
    }
  }
  walk(object.spec)
  const place = places[position % places.length]
  if (place !== undefined) place[0][place[1]] = value
  return object
}
