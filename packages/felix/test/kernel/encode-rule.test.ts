import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { type NftSocket, openNftSocket } from '@manx/netlink'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { ItemStore } from '../../src/calc/item-store.ts'
import type { Action, Match, Rule, SetSpec } from '../../src/calc/ruleset.ts'
import { encodeRule } from '../../src/dataplane/nft/encode-rule.ts'
import { NftDriver } from '../../src/dataplane/nft/nft-driver.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft'] })
const suite = reason === undefined ? describe : describe.skip

const accept: Action = { kind: 'accept' }
const rule = (action: Action, ...matches: readonly Match[]): Rule => ({ matches, action, comment: 'words' })
const tcp: Match = { kind: 'protocol', protocol: 'tcp' }
const bit = { mask: 0x20000, value: 0x20000 }

/** Each rule beside nft's words for it. */
const rules: readonly (readonly [string, Rule])[] = [
  ['tcp dport 80 accept', rule(accept, tcp, { kind: 'port', field: 'dport', range: { from: 80, to: 80 } })],
  [
    'udp sport 1-1024 accept',
    rule(accept, { kind: 'protocol', protocol: 17 }, { kind: 'port', field: 'sport', range: { from: 1, to: 1024 } }),
  ],
  [
    'sctp dport != 80-90 drop',
    rule(
      { kind: 'drop' },
      { kind: 'protocol', protocol: 'sctp' },
      { kind: 'port', field: 'dport', range: { from: 80, to: 90 }, not: true },
    ),
  ],
  ['meta l4proto gre accept', rule(accept, { kind: 'protocol', protocol: 47 })],
  ['meta l4proto != tcp accept', rule(accept, { kind: 'protocol', protocol: 6, not: true })],
  ['meta nfproto ipv6 accept', rule(accept, { kind: 'family', family: 6 })],
  ['icmp type echo-request accept', rule(accept, { kind: 'icmp', family: 4, type: 8 })],
  [
    'icmp type destination-unreachable icmp code host-unreachable accept',
    rule(accept, { kind: 'protocol', protocol: 'icmp' }, { kind: 'icmp', family: 4, type: 3, code: 1 }),
  ],
  ['icmpv6 type != echo-request accept', rule(accept, { kind: 'icmp', family: 6, type: 128, not: true })],
  [
    'icmpv6 type != destination-unreachable icmpv6 code != port-unreachable accept',
    rule(accept, { kind: 'icmp', family: 6, type: 1, code: 4, not: true }),
  ],
  ['meta mark & 0x00020000 == 0x00020000 accept', rule(accept, { kind: 'mark', ...bit })],
  ['ct mark & 0x00020000 != 0x00020000 accept', rule(accept, { kind: 'ct-mark', ...bit, not: true })],
  ['meta mark set meta mark | 0x00020000 return', rule({ kind: 'set-mark', ...bit, next: 'return' })],
  ['meta mark set meta mark & 0xfffdffff', rule({ kind: 'set-mark', mask: 0x20000, value: 0, next: 'continue' })],
  ['meta l4proto tcp reject with tcp reset', rule({ kind: 'reject', with: 'tcp-reset' })],
  ['log prefix "denied: "', rule({ kind: 'log', prefix: 'denied: ' })],
  [
    'ip saddr @four ip daddr != @nets tcp dport @ports accept',
    rule(
      accept,
      { kind: 'set', fields: ['ip saddr'], set: 'four' },
      { kind: 'set', fields: ['ip daddr'], set: 'nets', not: true },
      tcp,
      { kind: 'set', fields: ['dport'], set: 'ports' },
    ),
  ],
  [
    'ip6 daddr . meta l4proto . th dport @boxes accept',
    rule(accept, { kind: 'set', fields: ['ip6 daddr', 'l4proto', 'dport'], set: 'boxes' }),
  ],
]
const sets: readonly SetSpec[] = [
  { name: 'four', key: ['ipv4'] },
  { name: 'nets', key: ['ipv4'], interval: true },
  { name: 'ports', key: ['port'], interval: true },
  { name: 'boxes', key: ['ipv6', 'protocol', 'port'], interval: true },
]

test('a port without a protocol is refused, since it would be any bytes of the packet', () => {
  const bare = rule(accept, { kind: 'port', field: 'dport', range: { from: 80, to: 80 } })
  expect(() => encodeRule(bare)).toThrow('dport without a protocol')
})

suite(`rules in the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  let namespace: Namespace
  let socket: NftSocket

  beforeAll(async () => {
    namespace = await createNamespace('fnft')
    socket = openNftSocket({ namespace: namespace.path })
  })
  afterAll(async () => {
    socket.close()
    await namespace.remove()
  })

  test('nft shows each in the words that were meant', async () => {
    const items = new ItemStore()
    items.set('all', [
      ...sets.map((set) => ({ kind: 'set', set }) as const),
      {
        kind: 'chain',
        chain: {
          name: 'examples',
          hook: { type: 'filter', hook: 'forward', priority: 0 },
          rules: rules.map(([, each]) => each),
        },
      },
    ])
    const driver = new NftDriver({ socket, logger: silentLogger, onForeignChange: () => undefined })
    for (const delta of items.flush()) driver.accept(delta)
    await driver.apply({ sweep: true })
    const shown = (await namespace.output('nft', ['list', 'chain', 'inet', 'manx', 'examples']))
      .split('\n')
      .map((line) => line.trim())
    expect(shown.slice(3, -3).map((line) => line.replace(/ comment ".*"$/, ''))).toEqual(rules.map(([words]) => words))
  })
})
