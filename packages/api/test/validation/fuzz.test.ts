import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import {
  apiVersionOf,
  BGPConfiguration,
  BGPPeer,
  explainPrefix,
  explainSelector,
  type Finding,
  formatAddress,
  formatPrefix,
  IPPool,
  NetworkSet,
  parseAddress,
  parseAsNumber,
  parseDuration,
  parsePrefix,
  parseSelector,
  SelectorError,
  validate,
  validateDocuments,
} from '../../src/index.ts'

// Whatever a text is: no crash, no hang, and what is wrong is named. `npm run soak -- fuzz` has more cases.
const cases = Number(process.env.MANX_FUZZ_CASES ?? 5000)
const seed = process.env.MANX_FUZZ_SEED === undefined ? {} : { seed: Number(process.env.MANX_FUZZ_SEED) }
const share = (part: number) => ({ numRuns: Math.max(1, Math.ceil(cases * part)), ...seed })
jest.setTimeout(24 * 3600 * 1000)

const folder = join(import.meta.dirname, '../documents')
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
const core = [
  'apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop, labels: {app: web}}\nspec:\n  serviceAccountName: web\n  containers:\n    - name: a\n      ports: [{name: http, containerPort: 80}]\nstatus: {podIP: 10.0.0.1}\n',
  'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop}\nspec:\n  template:\n    metadata:\n      labels: {app: web}\n      annotations: {cni.projectcalico.org/ipv4pools: \'["a"]\'}\n    spec: {hostNetwork: false, containers: []}\n',
  'apiVersion: v1\nkind: Node\nmetadata: {name: n1, labels: {rack: r1}}\nstatus:\n  addresses:\n    - {type: InternalIP, address: 10.0.0.1}\n',
  'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n',
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  ingress:\n    - from: [{namespaceSelector: {}, podSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]\n      ports: [{port: 80, endPort: 90}, {port: http}]\n',
  'apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: a}\nspec:\n  tier: Admin\n  priority: 1\n  subject: {namespaces: {}}\n  egress:\n    - action: Deny\n      to: [{networks: [10.0.0.0/8]}]\n      protocols: [{tcp: {destinationPort: {number: 80}}}]\n',
]
const documents = [
  ...files.flatMap((name) => readFileSync(join(folder, name), 'utf8').split(/^---\n/m)),
  // More than once, or they would hardly be met.
  ...core,
  ...core,
  ...core,
]

/** Pieces that parsers trip over. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['---\n', '...\n', '%YAML 1.1\n', '\uFEFF', '\t', '\r\n', '\n', '\u0000', '\u2028', '\ud800', ' ', '  '],
    ...[
      '&a ',
      '*a',
      '*b',
      '<<: *a\n',
      '<<: 1\n',
      '!!binary x',
      '!!int x',
      '!x ',
      '? ',
      ': ',
      '- ',
      '#',
      '|\n',
      '>-\n',
      '|9\n',
    ],
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      '"\\x',
      '\\',
      '@',
      '`',
      '.inf',
      '.nan',
      '0x',
      '1e999',
      '-0',
      '99999999999999999999',
    ],
    ...[
      'null',
      '~',
      'true',
      'Off',
      '__proto__: 1\n',
      'constructor: {}\n',
      'toString: x\n',
      'apiVersion: projectcalico.org/v3\n',
    ],
    ...[
      'kind: IPPool\n',
      'kind: List\nitems:\n- ',
      'metadata: {name: a}\n',
      'metadata:\n',
      'spec:\n',
      '  cidr: 10.0.0.0/8\n',
    ],
  ),
  fc.string({ maxLength: 8, unit: 'binary' }),
)

interface Edit {
  readonly at: number
  readonly length: number
  readonly put: readonly string[]
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  length: fc.oneof(fc.constant(0), fc.nat({ max: 20 }), fc.nat({ max: 400 })),
  put: fc.array(piece, { maxLength: 4 }),
})

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((before, { at, length, put }) => {
    const start = at % (before.length + 1)
    return `${before.slice(0, start)}${put.join('')}${before.slice(start + length)}`
  }, text)
}

const codes: ReadonlySet<string> = new Set<Finding['code']>([
  'Syntax',
  'DuplicateKey',
  'NoObject',
  'UnknownKind',
  'UnknownApiVersion',
  'ForeignFormat',
  'UnknownField',
  'MissingField',
  'InvalidValue',
  'AmbiguousText',
  'InexactNumber',
  'UncheckedKind',
  'DuplicateObject',
  'UnknownTier',
  'UnknownName',
  'OverlappingPools',
  'SmallPool',
  'MatchesNothing',
  'Unreachable',
  'IgnoredRules',
  'PeerTwice',
  'NoEffect',
])

function expectNamed(text: string): void {
  const lines = text.split('\n').length
  for (const finding of validateDocuments({ file: 'f', text }).findings) {
    const { file, line, column, width, code, message, severity, document } = finding
    const right =
      file === 'f' &&
      line >= 1 &&
      line <= lines &&
      column >= 1 &&
      width >= 1 &&
      document >= 1 &&
      codes.has(code) &&
      message !== '' &&
      ['error', 'warning'].includes(severity)
    if (!right) expect(finding).toBe('named and placed')
    // Reports are JSON.
    JSON.stringify(finding)
  }
}

describe('texts', () => {
  test('of documents with something else in them', () => {
    const changed = fc.tuple(
      fc.array(fc.constantFrom(...documents), { minLength: 1, maxLength: 3 }),
      fc.array(edit, { maxLength: 6 }),
    )
    fc.assert(
      fc.property(changed, ([some, edits]) => expectNamed(edited(some.join('---\n'), edits))),
      share(0.4),
    )
  })

  test('of pieces that parsers trip over', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => expectNamed(pieces.join(''))),
      share(0.2),
    )
  })

  test('of one piece again and again', () => {
    fc.assert(
      fc.property(piece, fc.integer({ min: 1, max: 3000 }), (one, count) => expectNamed(one.repeat(count))),
      { ...share(0.01) },
    )
  })
})

const digits = fc.stringMatching(/^[0-9]{1,12}$/)
const addressText = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.stringMatching(/^[0-9a-f:.]{0,24}$/),
  fc.constantFrom('::ffff:1.2.3.4', '1.2.3', '01.2.3.4', 'fe80::1%eth0', '::', '1.2.3.4.5', ':::', '256.1.1.1', ''),
)
const cidrText = fc.oneof(
  fc
    .tuple(addressText, fc.oneof(fc.integer({ min: -1, max: 129 }).map(String), digits, fc.string({ maxLength: 3 })))
    .map((parts) => parts.join('/')),
  addressText,
  fc.string({ maxLength: 30 }),
)

describe('values', () => {
  test('selectors: read back as they were read, or refused with words and a place', () => {
    const token = fc.constantFrom(
      ...[
        'a',
        'b-c',
        'x.y/z',
        'in',
        'not in',
        'notin',
        'contains',
        'starts with',
        'endswith',
        'has(',
        'all()',
        'global()',
      ],
      ...[
        '==',
        '!=',
        '!',
        '&&',
        '||',
        '(',
        ')',
        '{',
        '}',
        ',',
        '"v"',
        "'v'",
        '"',
        "'",
        ' ',
        '\t',
        '\n',
        '=',
        '&',
        '|',
        'has(a)',
        '',
      ],
    )
    const text = fc.oneof(
      fc.array(token, { maxLength: 24 }).map((tokens) => tokens.join(' ')),
      fc.array(token, { maxLength: 24 }).map((tokens) => tokens.join('')),
      fc.string({ maxLength: 40, unit: 'binary' }),
      fc
        .tuple(fc.constantFrom('(', '!', '!(', 'a == "x" && ('), fc.nat({ max: 2000 }))
        .map(([one, count]) => one.repeat(count)),
    )
    fc.assert(
      fc.property(text, (one) => {
        const problem = explainSelector(one)
        if (problem === undefined) {
          const { canonical } = parseSelector(one)
          expect(parseSelector(canonical).canonical).toBe(canonical)
        } else {
          expect(problem).not.toBe('')
          expect(() => parseSelector(one)).toThrow(SelectorError)
        }
      }),
      share(0.12),
    )
  })

  test('CIDRs and addresses: read back as they are written, or refused with words', () => {
    fc.assert(
      fc.property(cidrText, (text) => {
        const prefix = parsePrefix(text)
        if (prefix === undefined) expect(explainPrefix(text)).not.toBe(undefined)
        else expect(parsePrefix(formatPrefix(prefix))).toEqual(prefix)
        const address = parseAddress(text)
        if (address !== undefined) expect(parseAddress(formatAddress(address))).toEqual(address)
        const set = {
          apiVersion: apiVersionOf(NetworkSet),
          kind: 'NetworkSet',
          metadata: { name: 'x' },
          spec: { nets: [text] },
        }
        const pool = { apiVersion: apiVersionOf(IPPool), kind: 'IPPool', metadata: { name: 'x' }, spec: { cidr: text } }
        for (const issue of [...validate(NetworkSet, set), ...validate(IPPool, pool)])
          expect(issue.message).not.toBe('')
        if (validate(IPPool, pool).length === 0) expect(prefix).not.toBe(undefined)
      }),
      share(0.12),
    )
  })

  test('ports, AS numbers and durations: within their limits, or refused with words', () => {
    const text = fc.oneof(
      digits,
      fc.tuple(digits, digits).map((parts) => parts.join(':')),
      fc.tuple(digits, digits).map((parts) => parts.join('.')),
      fc.stringMatching(/^-?[0-9.]{1,5}(ns|us|µs|ms|s|m|h|d|)$/),
      fc.stringMatching(/^([0-9]{1,3}[hms]){1,3}$/),
      fc.constantFrom(
        '',
        '0',
        '-1',
        '65536',
        '4294967296',
        '1e3',
        '0x10',
        ' 80',
        '80 ',
        '80-90',
        '90:80',
        'http',
        '1.5.2',
        '9'.repeat(400),
      ),
      fc.string({ maxLength: 12 }),
    )
    const value = fc.oneof(text, fc.integer(), fc.double(), fc.constantFrom(null, true, [], {}))
    const peer = (spec: object) => ({
      apiVersion: apiVersionOf(BGPPeer),
      kind: 'BGPPeer',
      metadata: { name: 'x' },
      spec: { peerIP: '192.0.2.1', asNumber: 1, ...spec },
    })
    fc.assert(
      fc.property(text, value, (one, other) => {
        const number = parseAsNumber(one)
        if (number !== undefined) expect(Number.isInteger(number) && number >= 0 && number < 2 ** 32).toBe(true)
        const duration = parseDuration(one)
        if (duration !== undefined) expect(Number.isFinite(duration)).toBe(true)
        const asNumber = validate(BGPPeer, peer({ asNumber: other }))
        const right = typeof other === 'number' && Number.isInteger(other) && other >= 1 && other < 2 ** 32
        expect(asNumber.length === 0).toBe(right || (other === null && asNumber.length === 0))
        const listen = { listenPort: other }
        const configuration = {
          apiVersion: apiVersionOf(BGPConfiguration),
          kind: 'BGPConfiguration',
          metadata: { name: 'default' },
        }
        for (const issue of validate(BGPConfiguration, { ...configuration, spec: listen }))
          expect(issue.message).not.toBe('')
        const time = validate(BGPPeer, peer({ maxRestartTime: one }))
        if (time.length === 0 && one !== '') expect(duration).not.toBe(undefined)
        const rule = { action: 'Allow', protocol: 'TCP', destination: { ports: [one, other] } }
        const spec = `{"types":["Ingress"],"ingress":[${JSON.stringify(rule)}]}`
        expectNamed(`apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: x}\nspec: ${spec}\n`)
      }),
      share(0.15),
    )
  })
})
