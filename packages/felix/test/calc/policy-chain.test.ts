import { describe, expect, test } from '@jest/globals'
import type { Policy, PolicyRule } from '@manx/api'
import { compilePolicy } from '../../src/calc/policy/policy-chain.ts'
import type { Match, Rule } from '../../src/calc/ruleset.ts'
import type { PolicySet } from '../../src/calc/sets/policy-set.ts'

const options = { families: [4, 6], passMark: 0x10000, logPrefix: 'packet' } as const

const policyOf = (...ingress: readonly PolicyRule[]): Policy => ({
  kind: 'KubernetesNetworkPolicy',
  namespace: 'shop',
  name: 'web',
  tier: 'default',
  order: 1000,
  selector: 'all()',
  types: ['Ingress'],
  ingress,
  egress: [],
})

/** A set by what is in it. */
function setText(set: PolicySet): string {
  if (set.kind === 'addresses') return `{${set.selector}}`
  if (set.kind === 'fixed') return `{${set.members.map((parts) => parts.join(' . ')).join(', ')}}`
  return `{${set.port}/${set.protocol} of ${set.scope}}`
}

function matchText(match: Match, sets: ReadonlyMap<string, PolicySet>): string {
  const not = 'not' in match ? '!' : ''
  switch (match.kind) {
    case 'family':
      return `ipv${match.family}`
    case 'protocol':
      return `${not}${match.protocol}`
    case 'port':
      return `${match.field} ${not}${match.range.from}-${match.range.to}`
    case 'prefix':
      return `${match.field} ${not}${match.prefix}`
    case 'icmp':
      return `icmp${match.family} ${not}${match.type}/${match.code ?? '*'}`
    case 'set': {
      const set = sets.get(match.set)
      return `${match.fields.join(' . ')} ${not}${set === undefined ? match.set : setText(set)}`
    }
    default:
      throw new Error(match.kind)
  }
}

/** The rules of one direction as text, and their comments. */
function compiled(policy: Policy): { readonly rules: readonly string[]; readonly comments: readonly string[] } {
  const { chain, sets } = compilePolicy(policy, 'Ingress', options)
  const byName = new Map(sets.map((set) => [set.name, set]))
  const text = ({ matches, action }: Rule) =>
    [...matches.map((match) => matchText(match, byName)), action.kind].join(', ')
  return { rules: chain.rules.map(text), comments: chain.rules.map(({ comment }) => comment) }
}

const allow = (rule: Omit<PolicyRule, 'action'>): PolicyRule => ({ action: 'Allow', ...rule })
const port = (from: number, to = from) => ({ from, to })

describe('compilePolicy', () => {
  const cases: readonly (readonly [string, readonly PolicyRule[], readonly string[]])[] = [
    ['everything', [allow({})], ['accept']],
    ['one protocol', [allow({ protocol: 253 })], ['253, accept']],
    ['ports of a protocol', [allow({ protocol: 6, destination: { ports: [port(80)] } })], ['tcp, dport 80-80, accept']],
    [
      'several ports',
      [allow({ protocol: 17, destination: { ports: [port(53), port(54), port(80)] } })],
      ['udp, dport {53-54, 80-80}, accept'],
    ],
    ['ports of no protocol', [allow({ destination: { ports: [port(80)] } })], []],
    ['ports of a protocol without', [allow({ protocol: 1, destination: { notPorts: [port(80)] } })], []],
    ['no ports', [allow({ protocol: 6, destination: { ports: [] } })], []],
    ['no nets', [allow({ source: { nets: [] } })], []],
    [
      'other ports',
      [allow({ protocol: 6, destination: { notPorts: [port(1, 1023)] } })],
      ['tcp, dport {0-0, 1024-65535}, accept'],
    ],
    [
      'pods, of both families',
      [allow({ source: { selector: 'app == "a"' } })],
      ['ip saddr {app == "a"}, accept', 'ip6 saddr {app == "a"}, accept'],
    ],
    [
      'other pods',
      [allow({ source: { notSelector: 'app == "a"' } })],
      ['ip saddr !{app == "a"}, accept', 'ip6 saddr !{app == "a"}, accept'],
    ],
    ['a prefix is of one family', [allow({ source: { nets: ['10.0.0.0/8'] } })], ['ip saddr 10.0.0.0/8, accept']],
    [
      'a prefix with exceptions',
      [allow({ source: { nets: ['10.0.0.0/8'], notNets: ['10.0.1.0/24'] } })],
      ['ip saddr {10.0.0.0-10.0.0.255, 10.0.2.0-10.255.255.255}, accept'],
    ],
    ['an exception that leaves nothing', [allow({ source: { nets: ['10.0.0.0/9'], notNets: ['10.0.0.0/8'] } })], []],
    ['all of one family', [allow({ source: { nets: ['0.0.0.0/0'] } })], ['ipv4, accept']],
    ['all of both', [allow({ source: { nets: ['0.0.0.0/0', '::/0'] } })], ['accept']],
    [
      'anything but a prefix',
      [allow({ source: { notNets: ['128.0.0.0/1'] } })],
      ['ip saddr 0.0.0.0/1, accept', 'ipv6, accept'],
    ],
    ['a family', [allow({ ipVersion: 6, protocol: 6 })], ['ipv6, tcp, accept']],
    [
      'a named port of the pods that the policy is for',
      [allow({ protocol: 6, ipVersion: 4, destination: { ports: [{ name: 'web' }] } })],
      ['tcp, ip daddr . l4proto . dport {web/6 of node}, accept'],
    ],
    [
      'a named port or a number',
      [allow({ protocol: 6, ipVersion: 4, source: { selector: 'all()', ports: [{ name: 'web' }, port(80)] } })],
      [
        'tcp, sport 80-80, ip saddr {all()}, accept',
        'tcp, ip saddr {all()}, ip saddr . l4proto . sport {web/6 of cluster}, accept',
      ],
    ],
    [
      'no port of this name',
      [allow({ protocol: 6, ipVersion: 4, destination: { notPorts: [{ name: 'web' }] } })],
      ['tcp, ip daddr . l4proto . dport !{web/6 of node}, accept'],
    ],
    ['a type of ICMP', [allow({ protocol: 1, icmp: { type: 8, code: 0 } })], ['icmp4 8/0, accept']],
    ['other types', [allow({ protocol: 58, notIcmp: { type: 128 } })], ['icmp6 !128/*, accept']],
    ['any ICMP', [allow({ protocol: 1, icmp: {} })], ['ipv4, icmp, accept']],
    ['a code without type', [allow({ protocol: 1, icmp: { code: 1 } })], []],
    [
      'all actions',
      [
        { action: 'Log', protocol: 6 },
        { action: 'Deny', protocol: 6 },
        { action: 'Pass', notProtocol: 17 },
      ],
      ['tcp, log', 'tcp, drop', '!udp, set-mark'],
    ],
  ]
  test.each(cases)('%s', (_, rules, expected) => {
    expect(compiled(policyOf(...rules)).rules).toEqual(expected)
  })

  const net = (index: number) => `10.${index >> 8}.${index & 255}.0/24`
  const thousand = Array.from({ length: 1000 }, (_, index) => index)

  test('a thousand rules that differ in the prefix are one lookup', () => {
    const rules = thousand.map((index) =>
      allow({ protocol: 6, source: { nets: [net(2 * index)] }, destination: { ports: [port(80)] } }),
    )
    const { chain, sets } = compilePolicy(policyOf(...rules), 'Ingress', options)
    expect(chain.rules).toHaveLength(1)
    expect(sets.map((set) => set.kind === 'fixed' && set.members.length)).toEqual([1000])
    expect(chain.rules[0]?.comment).toBe('NetworkPolicy shop/web ingress 0-999')
  })

  test('a thousand rules that differ in prefix and port are one lookup', () => {
    const rules = thousand.map((index) =>
      allow({
        protocol: index % 2 === 0 ? 6 : 17,
        source: { nets: [net(index)] },
        destination: { ports: [port(index + 1)] },
      }),
    )
    const { chain, sets } = compilePolicy(policyOf(...rules), 'Ingress', options)
    expect(chain.rules.map(({ matches }) => matches)).toEqual([
      [{ kind: 'set', fields: ['ip saddr', 'l4proto', 'dport'], set: sets[0]?.name }],
    ])
    expect(sets.map((set) => set.kind === 'fixed' && set.members.length)).toEqual([1000])
  })

  const differing: readonly (readonly [string, (index: number) => PolicyRule, RegExp])[] = [
    [
      'a named port',
      (index) => allow({ destination: { ports: [{ name: 'web' }], notPorts: [port(index)] } }),
      /web\/6 of node/,
    ],
    [
      'another named port than these',
      (index) => allow({ destination: { ports: [port(index)], notPorts: [{ name: 'web' }] } }),
      /!{web\/6 of node/,
    ],
    [
      'ports of the other side',
      (index) => allow({ source: { ports: [port(1000)] }, destination: { ports: [port(index)] } }),
      /tcp.* sport 1000-1000/,
    ],
  ]
  test.each(differing)('rules that differ in prefix and port keep what else they ask for: %s', (_, rule, condition) => {
    const rules = [1, 2, 3, 4, 5].map((index): PolicyRule => {
      const { source, ...others } = rule(index)
      return { ...others, protocol: 6, source: { ...source, nets: [net(2 * index)] } }
    })
    const found = compiled(policyOf(...rules)).rules
    expect(found.length).toBeGreaterThan(0)
    for (const text of found) expect(text).toMatch(condition)
  })

  test('rules are merged across others of the same action, and not across those of another', () => {
    const from = (prefix: string): PolicyRule => allow({ source: { nets: [prefix] } })
    const deny: PolicyRule = { action: 'Deny', protocol: 17 }
    const { rules, comments } = compiled(
      policyOf(from('10.0.0.0/24'), allow({ protocol: 6 }), from('10.0.1.0/24'), deny, from('10.0.2.0/24')),
    )
    expect(rules).toEqual(['ip saddr 10.0.0.0/23, accept', 'tcp, accept', 'udp, drop', 'ip saddr 10.0.2.0/24, accept'])
    expect(comments.map((comment) => comment.replace('NetworkPolicy shop/web ingress ', ''))).toEqual([
      '0, 2',
      '1',
      '3',
      '4',
    ])
  })

  test('equal selectors, however they are spelled, are one set', () => {
    const { sets } = compilePolicy(
      policyOf(allow({ ipVersion: 4, source: { selector: "app=='a'" }, destination: { selector: 'app == "a"' } })),
      'Ingress',
      options,
    )
    expect(sets).toHaveLength(1)
  })
})
