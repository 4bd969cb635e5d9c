import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, eventually, type Namespace, skipReason } from '@manx/testbed'
import {
  type NftEvent,
  type NftExpression,
  type NftField,
  type NftSet,
  type NftSocket,
  nft,
  openNftSocket,
  watchNft,
} from '../src/index.ts'
import { ruleFingerprint } from './same-rule.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter', 'nft', 'ping', 'setpriv'] })
const suite = reason === undefined ? describe : describe.skip
const table = { family: 'inet', name: 'manx' } as const

/** Looks a field up in a map of data. */
const mapInto = (field: NftField, set: string): NftExpression[] => [
  ...nft.load(field),
  { type: 'lookup', set, destination: 1 },
]

/** Each rule beside nft's own words for it. */
const rules: readonly [string, NftExpression[]][] = [
  [
    'ip saddr 10.0.0.0/26 counter packets 0 bytes 0 accept',
    [...nft.family(4), ...nft.match('ip saddr', '10.0.0.0/26'), ...nft.counter(), ...nft.accept()],
  ],
  ['ip saddr != 10.0.0.1 drop', [...nft.family(4), ...nft.match('ip saddr', '10.0.0.1', true), ...nft.drop()]],
  ['ip6 daddr fd00::/17 drop', [...nft.family(6), ...nft.match('ip6 daddr', 'fd00::/17'), ...nft.drop()]],
  ['tcp dport 80-90 return', [...nft.l4proto('tcp'), ...nft.match('th dport', '80-90'), ...nft.returns()]],
  [
    'udp sport != 53 continue',
    [...nft.l4proto('udp'), ...nft.match('th sport', 53, true), ...nft.verdict({ verdict: 'continue' })],
  ],
  [
    'iifname "cali*" oifname "eth0" jump a',
    [...nft.match('iifname', 'cali*'), ...nft.match('oifname', 'eth0'), ...nft.jump('a')],
  ],
  ['ip saddr @hosts accept', [...nft.family(4), ...nft.inSet('ip saddr', 'hosts'), ...nft.accept()]],
  ['ip daddr != @nets accept', [...nft.family(4), ...nft.inSet('ip daddr', 'nets', true), ...nft.accept()]],
  ['meta l4proto . th dport @ports accept', [...nft.inSet(['l4proto', 'th dport'], 'ports'), ...nft.accept()]],
  [
    'meta l4proto . ip saddr . th dport @ranges accept',
    [...nft.family(4), ...nft.inSet(['l4proto', 'ip saddr', 'th dport'], 'ranges'), ...nft.accept()],
  ],
  [
    'iifname . ip saddr != @owned drop',
    [...nft.family(4), ...nft.inSet(['iifname', 'ip saddr'], 'owned', true), ...nft.drop()],
  ],
  ['iifname vmap @dispatch', nft.verdictMap('iifname', 'dispatch')],
  [
    'meta mark set ip saddr map @marks',
    [...nft.family(4), ...mapInto('ip saddr', 'marks'), { type: 'set-meta', key: 'mark' }],
  ],
  ['ct state established,related accept', [...nft.ctState('established', 'related'), ...nft.accept()]],
  [
    'ct mark & 0x0000ff00 == 0x00000100 ct mark set ct mark & 0xfff1ffff | 0x00010000',
    [...nft.matchMasked('ct mark', 0xff00, 0x100), ...nft.setCtMark(0x10000, 0xf0000)],
  ],
  [
    'meta mark & 0x000000ff != 0x00000001 meta mark set 0x00000005',
    [...nft.matchMasked('mark', 0xff, 1, true), ...nft.setMark(5)],
  ],
  ['meta l4proto tcp reject with tcp reset', [...nft.l4proto('tcp'), ...nft.rejectTcp()]],
  ['reject with icmpx admin-prohibited', nft.reject()],
  [
    'log prefix "hello" group 3 snaplen 80 queue-threshold 5',
    [{ type: 'log', group: 3, prefix: 'hello', snapLength: 80, queueThreshold: 5 }],
  ],
  ['log prefix "kernel"', [{ type: 'log', prefix: 'kernel' }]],
  ['limit rate 10/second', [{ type: 'limit', rate: 10, per: 'second' }]],
  [
    'limit rate over 1000 bytes/minute burst 500 bytes',
    [{ type: 'limit', rate: 1000, per: 'minute', unit: 'bytes', over: true, burst: 500 }],
  ],
  ['ct count over 10 drop', [{ type: 'connlimit', count: 10, over: true }, ...nft.drop()]],
  ['fib daddr type local accept', [...nft.addressType('daddr', 'local'), ...nft.accept()]],
  ['icmp type echo-request accept', [...nft.l4proto('icmp'), ...nft.match('icmp type', 8), ...nft.accept()]],
  [
    'icmpv6 type nd-neighbor-solicit accept',
    [...nft.l4proto('icmpv6'), ...nft.match('icmpv6 type', 135), ...nft.accept()],
  ],
  [
    'update @dynamic { ip saddr timeout 5s limit rate 5/second }',
    [
      ...nft.family(4),
      ...nft.load('ip saddr'),
      {
        type: 'dynset',
        set: 'dynamic',
        operation: 'update',
        timeout: 5000,
        expressions: [{ type: 'limit', rate: 5, per: 'second' }],
      },
    ],
  ],
  [
    'ip saddr @hosts ip daddr @nets tcp dport != 80-90 drop',
    [
      ...nft.family(4),
      ...nft.inSet('ip saddr', 'hosts'),
      ...nft.inSet('ip daddr', 'nets'),
      ...nft.l4proto('tcp'),
      ...nft.match('th dport', '80-90', true),
      ...nft.drop(),
    ],
  ],
  [
    'icmp type destination-unreachable icmp code host-unreachable drop',
    [...nft.l4proto('icmp'), ...nft.match('icmp type', 3), ...nft.match('icmp code', 1), ...nft.drop()],
  ],
  [
    'icmp type != destination-unreachable icmp code != host-unreachable drop',
    [
      ...nft.l4proto('icmp'),
      { type: 'payload', base: 'transport', offset: 0, length: 2 },
      { type: 'cmp', op: 'neq', value: Uint8Array.of(3, 1) },
      ...nft.drop(),
    ],
  ],
  ['meta mark set meta mark | 0x00020000 return', [...nft.setMark(0x20000, 0x20000), ...nft.returns()]],
  ['goto b', nft.goto('b')],
]

const natRules: readonly [string, NftExpression[]][] = [
  ['meta nfproto ipv4 masquerade fully-random', [...nft.family(4), ...nft.masquerade({ fullyRandom: true })]],
  ['meta nfproto ipv4 snat ip to 192.0.2.1', [...nft.family(4), ...nft.snat('192.0.2.1')]],
  [
    'meta nfproto ipv6 snat ip6 to 2001:db8::1 fully-random',
    [...nft.family(6), ...nft.snat('2001:db8::1', { fullyRandom: true })],
  ],
  [
    'meta l4proto tcp masquerade to :1024-2048',
    [
      ...nft.l4proto('tcp'),
      { type: 'immediate', register: 1, value: nft.valueBytes('th sport', 1024) },
      { type: 'immediate', register: 2, value: nft.valueBytes('th sport', 2048) },
      { type: 'masquerade', ports: { from: 1, to: 2 } },
    ],
  ],
]

const sets = {
  hosts: { table, name: 'hosts', key: 'ipv4_addr' },
  nets: { table, name: 'nets', key: 'ipv4_addr', interval: true },
  nets6: { table, name: 'nets6', key: 'ipv6_addr', interval: true },
  ports: { table, name: 'ports', key: ['inet_proto', 'inet_service'] },
  ranges: { table, name: 'ranges', key: ['inet_proto', 'ipv4_addr', 'inet_service'], interval: true },
  marks: { table, name: 'marks', key: 'ipv4_addr', data: 'mark' },
  owned: { table, name: 'owned', key: ['ifname', 'ipv4_addr'] },
  dynamic: { table, name: 'dynamic', key: 'ipv4_addr', dynamic: true, size: 1000, timeout: 60_000 },
  services: { table, name: 'services', key: 'inet_service', data: ['ipv4_addr', 'inet_service'], interval: true },
  counted: { table, name: 'counted', key: 'ipv4_addr', counters: true, size: 16 },
} as const satisfies Readonly<Record<string, NftSet>>
const dispatch: NftSet = { table, name: 'dispatch', key: 'ifname', data: 'verdict' }

suite(`nf_tables against the kernel${reason === undefined ? '' : `: ${reason}`}`, () => {
  let host: Namespace
  let socket: NftSocket

  beforeEach(async () => {
    host = await createNamespace('nft')
    socket = openNftSocket({ namespace: host.path })
  })

  afterEach(async () => {
    socket.close()
    await host.remove()
  })

  const list = (...args: string[]) => host.output('nft', ['list', ...args])

  const fill = () => {
    const t = socket.begin().addTable(table)
    for (const set of Object.values(sets)) t.addSet(set)
    for (const name of ['a', 'b']) t.addChain({ table, name })
    t.addSet(dispatch)
    t.addChain({ table, name: 'forward', base: { type: 'filter', hook: 'forward', priority: -10, policy: 'drop' } })
    t.addChain({ table, name: 'post', base: { type: 'nat', hook: 'postrouting', priority: 100 } })
    t.addChain({ table, name: 'pre', base: { type: 'nat', hook: 'prerouting', priority: -100 } })
    t.addChain({ table, name: 'raw', base: { type: 'filter', hook: 'prerouting', priority: -300 } })
    t.addRule({ table, chain: 'raw', expressions: nft.notrack(), comment: 'nicht verfolgt: ü' })
    t.addRule({
      table,
      chain: 'pre',
      expressions: [...nft.family(4), ...nft.l4proto('tcp'), ...nft.dnat('10.0.0.1', 80)],
    })
    t.addElements(sets.hosts, ['10.0.0.1', '10.0.0.2'])
    t.addElements(sets.nets, ['10.0.0.0/8', '192.168.0.0/24', '192.168.1.0/24', '1.2.3.4-1.2.3.9', '255.0.0.0/8'])
    t.addElements(sets.nets6, ['fd00::/8', '::/1'])
    t.addElements(sets.ports, [
      ['tcp', 80],
      ['udp', 53],
    ])
    t.addElements(sets.ranges, [
      ['tcp', '10.0.0.0/8', '80-90'],
      ['udp', '10.0.0.1', 53],
    ])
    t.addElements(sets.marks, [{ key: '10.0.0.1', data: 0x77 }])
    t.addElements(sets.owned, [['cali1', '10.0.0.1']])
    t.addElements(sets.services, [{ key: '80-90', data: ['10.0.0.1', 8080] }])
    t.addElements(dispatch, [
      { key: 'cali1', data: { verdict: 'goto', chain: 'a' } },
      { key: 'cali2', data: { verdict: 'drop' } },
    ])
    for (const [words, expressions] of rules)
      t.addRule({ table, chain: 'forward', expressions, comment: words.slice(0, 40).replaceAll('"', '') })
    for (const [, expressions] of natRules) t.addRule({ table, chain: 'post', expressions })
    return t
  }

  test('nft shows each rule in the words that were meant', async () => {
    await fill().commit()
    const shown = (await list('chain', 'inet', 'manx', 'forward')).split('\n').map((line) => line.trim())
    expect(shown.slice(3, -3).map((line) => line.replace(/ comment ".*"$/, ''))).toEqual(rules.map(([words]) => words))
    expect(shown[2]).toBe('type filter hook forward priority filter - 10; policy drop;')
    const nat = (await list('chain', 'inet', 'manx', 'post')).split('\n').map((line) => line.trim())
    expect(nat.slice(3, -3)).toEqual(natRules.map(([words]) => words))
    expect(await list('chain', 'inet', 'manx', 'pre')).toContain(
      'meta nfproto ipv4 meta l4proto tcp dnat ip to 10.0.0.1:80\n',
    )
    expect(await list('chain', 'inet', 'manx', 'raw')).toContain('notrack comment "nicht verfolgt: ü"')
  })

  test('nft shows sets and maps of all kinds with their elements, and can list and delete all as JSON', async () => {
    await fill().commit()
    const text = (await list('table', 'inet', 'manx')).replaceAll(/\s+/g, ' ')
    for (const part of [
      'set hosts { type ipv4_addr elements = { 10.0.0.1, 10.0.0.2 } }',
      'set nets { type ipv4_addr flags interval elements = { 1.2.3.4-1.2.3.9, 10.0.0.0/8, 192.168.0.0/24, 192.168.1.0/24, 255.0.0.0/8 } }',
      'set nets6 { type ipv6_addr flags interval elements = { ::/1, fd00::/8 } }',
      'set ports { type inet_proto . inet_service elements = {',
      'tcp . 80',
      'elements = { tcp . 10.0.0.0/8 . 80-90, udp . 10.0.0.1 . 53 }',
      'map marks { type ipv4_addr : mark elements = { 10.0.0.1 : 0x00000077 } }',
      'set owned { type ifname . ipv4_addr elements = { "cali1" . 10.0.0.1 } }',
      'set dynamic { type ipv4_addr size 1000 flags dynamic,timeout timeout 1m }',
      'map services { type inet_service : ipv4_addr . inet_service flags interval elements = { 80-90 : 10.0.0.1 . 8080 } }',
      '"cali1" : goto a',
      '"cali2" : drop',
    ]) {
      expect(text).toContain(part)
    }
    const json = JSON.parse(await host.output('nft', ['-j', 'list', 'ruleset'])) as { nftables: object[] }
    expect(json.nftables.filter((object) => 'rule' in object)).toHaveLength(rules.length + natRules.length + 2)
    await host.output('nft', ['delete', 'table', 'inet', 'manx'])
  })

  test('a dump gives back what was written', async () => {
    await fill().commit()
    const dump = await socket.dumpTable(table)
    const forward = dump?.rules.get('forward') ?? []
    expect(forward.map((rule) => ruleFingerprint({ expressions: rule.expressions }))).toEqual(
      rules.map(([, expressions]) => ruleFingerprint({ expressions })),
    )
    expect(forward.flatMap(({ unknown }) => unknown)).toEqual([])
    expect((dump?.rules.get('post') ?? []).map(ruleFingerprint)).toEqual(
      natRules.map(([, expressions]) => ruleFingerprint({ expressions })),
    )
    expect(dump?.rules.get('a')).toEqual([])
    expect(dump?.rules.get('raw')?.[0]?.comment).toBe('nicht verfolgt: ü')
    for (const set of [...Object.values(sets), dispatch]) {
      const { table: _, ...definition } = dump?.sets.get(set.name)?.set ?? set
      expect({ table, ...definition }).toEqual(set)
    }
    const elements = (name: string) => dump?.sets.get(name)?.elements
    expect(elements('nets')?.map(({ key }) => key)).toEqual([
      '1.2.3.4-1.2.3.9',
      '10.0.0.0/8',
      '192.168.0.0/24',
      '192.168.1.0/24',
      '255.0.0.0/8',
    ])
    expect(elements('nets6')?.map(({ key }) => key)).toEqual(['::/1', 'fd00::/8'])
    expect(elements('ranges')).toContainEqual({ key: [6, '10.0.0.0/8', '80-90'] })
    expect(elements('services')).toEqual([{ key: '80-90', data: ['10.0.0.1', 8080] }])
    expect(elements('dispatch')).toContainEqual({ key: 'cali1', data: { verdict: 'goto', chain: 'a' } })
    expect(dump?.chains.find(({ name }) => name === 'forward')?.base).toEqual({
      type: 'filter',
      hook: 'forward',
      priority: -10,
      policy: 'drop',
    })
    expect(await socket.dumpTable({ family: 'inet', name: 'other' })).toBeUndefined()
    expect((await socket.tables()).map(({ family, name }) => [family, name])).toEqual([['inet', 'manx']])
  })

  test('tables that are dormant are told apart and woken, with all they hold', async () => {
    await fill().commit()
    const before = await list('table', 'inet', 'manx')
    await host.output('nft', ['add', 'table', 'inet', 'manx', '{ flags dormant; }'])
    expect(await list('table', 'inet', 'manx')).toContain('flags dormant')
    expect([(await socket.tables())[0]?.dormant, (await socket.dumpTable(table))?.dormant]).toEqual([true, true])
    await socket.begin().wakeTable(table).commit()
    expect(await list('table', 'inet', 'manx')).toBe(before)
    expect([(await socket.tables())[0]?.dormant, (await socket.dumpTable(table))?.dormant]).toEqual([
      undefined,
      undefined,
    ])
  })

  test('the same transaction again changes nothing', async () => {
    await fill().commit()
    const before = await list('table', 'inet', 'manx')
    const t = socket.begin().addTable(table)
    for (const set of [...Object.values(sets), dispatch]) t.addSet(set)
    t.addChain({ table, name: 'a' })
      .addElements(sets.hosts, ['10.0.0.1'])
      .addElements(dispatch, [{ key: 'cali2', data: { verdict: 'drop' } }])
    await t.commit()
    expect(await list('table', 'inet', 'manx')).toBe(before)
  })

  test('rules can be inserted, replaced, deleted by handle, and a chain flushed and filled in one transaction', async () => {
    const chain = { table, name: 'a' }
    const rule = (port: number, comment: string) => ({
      table,
      chain: 'a',
      expressions: [...nft.l4proto('tcp'), ...nft.match('th dport', port)],
      comment,
    })
    await socket.begin().addTable(table).addChain(chain).addRule(rule(1, 'one')).addRule(rule(2, 'two')).commit()
    const [one, two] = await socket.rules(table, 'a')
    await socket
      .begin()
      .insertRule(rule(0, 'zero'))
      .insertRule(rule(15, 'between'), two?.handle ?? 0n)
      .replaceRule(rule(11, 'eleven'), one?.handle ?? 0n)
      .commit()
    expect((await socket.rules(table, 'a')).map(({ comment }) => comment)).toEqual(['zero', 'eleven', 'between', 'two'])
    await socket
      .begin()
      .deleteRule({ table, chain: 'a' }, two?.handle ?? 0n)
      .commit()
    expect((await socket.rules(table)).map(({ comment }) => comment)).toEqual(['zero', 'eleven', 'between'])
    await socket.begin().flushChain(chain).addRule(rule(9, 'new')).commit()
    expect((await socket.rules(table, 'a')).map(({ comment }) => comment)).toEqual(['new'])
  })

  test('elements are deleted, sets flushed and deleted', async () => {
    await fill().commit()
    await socket
      .begin()
      .deleteElements(sets.nets, ['192.168.0.0/24', '255.0.0.0/8'])
      .deleteElements(sets.ranges, [['udp', '10.0.0.1', 53]])
      .deleteElements(dispatch, ['cali2'])
      .flushSet(sets.hosts)
      .deleteSet(sets.services)
      .commit()
    expect((await socket.elements(sets.nets)).map(({ key }) => key)).toEqual([
      '1.2.3.4-1.2.3.9',
      '10.0.0.0/8',
      '192.168.1.0/24',
    ])
    expect(await socket.elements(sets.ranges)).toHaveLength(1)
    expect((await socket.elements(dispatch)).map(({ key }) => key)).toEqual(['cali1'])
    expect(await socket.elements(sets.hosts)).toEqual([])
    expect((await socket.sets(table)).map(({ name }) => name)).not.toContain('services')
  })

  test('a failed transaction changes nothing and names the operation that failed', async () => {
    await fill().commit()
    const before = await list('ruleset')
    const cases: [string, () => ReturnType<NftSocket['begin']>][] = [
      [
        'ENOENT: nf_tables add rule to chain inet manx nope',
        () => socket.begin().addChain({ table, name: 'new' }).addRule({ table, chain: 'nope', expressions: [] }),
      ],
      [
        'ENOENT: nf_tables delete set inet manx x (and 1 more of 3 operations failed)',
        () =>
          socket
            .begin()
            .addTable({ family: 'ip', name: 'new' })
            .deleteSet({ table, name: 'x' })
            .deleteSet({ table, name: 'y' }),
      ],
      [
        'EEXIST: nf_tables add elements to set inet manx nets',
        () => socket.begin().addElements(sets.nets, ['203.0.113.0/24', '10.1.0.0/16']),
      ],
      ['EBUSY: nf_tables delete chain inet manx a', () => socket.begin().deleteChain({ table, name: 'a' })],
      [
        'ENOENT: nf_tables delete rule of chain inet manx a handle 4711',
        () => socket.begin().deleteRule({ table, chain: 'a' }, 4711n),
      ],
      [
        'ENOENT: nf_tables delete table inet other',
        () => socket.begin().deleteTable({ family: 'inet', name: 'other' }),
      ],
      [
        'ENOENT: nf_tables delete elements of set inet manx hosts',
        () => socket.begin().deleteElements(sets.hosts, ['10.0.0.1', '10.0.0.9']),
      ],
      [
        'EEXIST: nf_tables add set inet manx hosts',
        () => socket.begin().addSet({ table, name: 'hosts', key: 'ipv6_addr' }),
      ],
    ]
    for (const [message, begin] of cases) {
      await expect(begin().commit()).rejects.toMatchObject({ name: 'NetlinkError', message })
      expect(await list('ruleset')).toBe(before)
    }
    // A loop is found when all is in place; the kernel then blames the last rule or the batch.
    const loop = socket
      .begin()
      .addRule({ table, chain: 'a', expressions: nft.jump('b') })
      .addRule({ table, chain: 'b', expressions: nft.jump('a') })
    await expect(loop.commit()).rejects.toMatchObject({
      name: 'NetlinkError',
      code: expect.stringMatching(/^(ELOOP|EMLINK)$/),
    })
    expect(await list('ruleset')).toBe(before)
  })

  test('without the right to it a transaction is refused as a whole', async () => {
    const script = `
      import { openNftSocket } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      const socket = openNftSocket()
      await socket.begin().addTable(${JSON.stringify(table)}).commit().catch((error) => console.log(error.message))
      socket.close()`
    const node = [
      process.execPath,
      '--disable-warning=ExperimentalWarning',
      '--input-type=module-typescript',
      '-e',
      script,
    ]
    const said = await host.output('setpriv', ['--bounding-set=-net_admin', '--inh-caps=-net_admin', ...node])
    expect(said).toBe('EPERM: nf_tables transaction of 1 operations\n')
  })

  test('what cannot be encoded is refused at once and leaves the transaction usable', async () => {
    const t = socket.begin().addTable(table).addSet(sets.hosts)
    const size = t.size
    expect(() => t.addElements(sets.hosts, ['nonsense'])).toThrow(
      'EINVAL: nf_tables add elements to set inet manx hosts (nf_tables value: "nonsense" is no ipv4_addr)',
    )
    expect(() => t.addRule({ table, chain: 'a', expressions: [], comment: 'x'.repeat(128) })).toThrow(
      'comment of 128 bytes (at most 127)',
    )
    expect(t.size).toBe(size)
    await t.addElements(sets.hosts, ['10.0.0.1']).commit()
    expect(await socket.elements(sets.hosts)).toEqual([{ key: '10.0.0.1' }])
    await expect(t.commit()).rejects.toThrow('committed already')
    await socket.begin().commit()
    await socket.begin().addElements(sets.hosts, []).deleteElements(sets.hosts, []).commit()
    expect(await socket.elements(sets.hosts)).toEqual([{ key: '10.0.0.1' }])
  })

  test('element lists beyond 64 KiB are split, for every kind of set', async () => {
    const count = 8000
    const ip = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    const t = socket.begin().addTable(table).addChain({ table, name: 'a' })
    const big = { ...sets, dispatch }
    for (const set of Object.values(big)) t.addSet(set)
    const numbers = Array.from({ length: count }, (_, i) => i)
    t.addElements(big.hosts, numbers.map(ip))
    t.addElements(
      big.nets,
      numbers.map((i) => `${ip(i * 2)}/31`),
    )
    t.addElements(
      big.owned,
      numbers.map((i) => [`cali${i}`, ip(i)]),
    )
    t.addElements(
      big.dispatch,
      numbers.map((i) => ({ key: `cali${i}`, data: { verdict: 'goto', chain: 'a' } })),
    )
    await t.commit()
    for (const set of [big.hosts, big.nets, big.owned, big.dispatch])
      expect(await socket.elements(set)).toHaveLength(count)
    // The largest one goes off the event loop.
    expect(t.bytes).toBeGreaterThan(1_000_000)
    await socket
      .begin()
      .deleteElements(
        big.nets,
        numbers.map((i) => `${ip(i * 2)}/31`),
      )
      .commit()
    expect(await socket.elements(big.nets)).toEqual([])
  })

  test('a dump is of one generation while others commit all the time', async () => {
    const other = openNftSocket({ namespace: host.path })
    const pair: NftSet[] = ['left', 'right'].map((name) => ({ table, name, key: 'inet_service' }))
    const setup = other.begin().addTable(table)
    for (const set of pair) setup.addSet(set)
    await setup.commit()
    const stop = new AbortController()
    const churn = (async () => {
      for (let port = 1; !stop.signal.aborted; port++) {
        const t = other.begin()
        for (const set of pair) t.flushSet(set).addElements(set, [port, port + 1])
        await t.commit()
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    })()
    for (let i = 0; i < 50; i++) {
      const dump = await socket.dumpTable(table)
      const keys = (name: string) =>
        dump?.sets
          .get(name)
          ?.elements.map(({ key }) => Number(key))
          .sort((a, b) => a - b)
      expect(keys('left')).toEqual(keys('right'))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    stop.abort()
    await churn
    other.close()
  })

  test('foreign tables are listed, and rules of others that are not understood are named', async () => {
    await host.output('nft', ['-f', '-'], {
      input:
        'table ip x { set s { type ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/8 . 80 } }\n chain c { ip saddr . tcp dport @s tcp option maxseg size set 1400\n ip ttl set 5\n }\n }\n',
    })
    const x = { family: 'ip', name: 'x' } as const
    const dump = await socket.dumpTable(x)
    expect(dump?.sets.get('s')).toMatchObject({
      set: { key: ['ipv4_addr', 'inet_service'], interval: true },
      elements: [{ key: ['10.0.0.0/8', 80] }],
    })
    expect(dump?.rules.get('c')?.map(({ unknown }) => unknown)).toEqual([['exthdr'], ['payload']])
  })

  test('transactions of everyone are reported with their tables', async () => {
    const events: NftEvent[] = []
    using _watch = watchNft({ namespace: host.path }, (event) => {
      events.push(event)
    })
    await socket.begin().addTable(table).addSet(sets.hosts).addElements(sets.hosts, ['10.0.0.1']).commit()
    const generation = await socket.generation()
    await host.output('nft', ['add', 'table', 'ip6', 'foreign'])
    await eventually(() => expect(events).toHaveLength(2))
    expect(events[0]).toMatchObject({ type: 'changed', generation, pid: process.pid, tables: [table] })
    expect(events[1]).toMatchObject({
      type: 'changed',
      generation: generation + 1,
      process: 'nft',
      tables: [{ family: 'ip6', name: 'foreign' }],
    })
  })

  // Packets say whether keys have the bytes that registers have.
  test('packets match sets, intervals, concatenations and maps', async () => {
    const hook = { table, name: 'out', base: { type: 'filter', hook: 'output', priority: 0 } } as const
    const named = (name: string, more: Omit<NftSet, 'table' | 'name'>): NftSet => ({ table, name, ...more })
    const nets = named('n', { key: 'ipv4_addr', interval: true })
    const pairs = named('p', {
      key: ['oifname', 'ipv4_addr'].map((key) => (key === 'oifname' ? 'ifname' : 'ipv4_addr')) as [
        'ifname',
        'ipv4_addr',
      ],
    })
    const ranges = named('r', { key: ['inet_proto', 'ipv4_addr'], interval: true })
    const verdicts = named('v', { key: 'ifname', data: 'verdict' })
    const marks = named('m', { key: 'ipv4_addr', data: 'mark', interval: true })
    const counted = (comment: string, expressions: NftExpression[], chain = 'out') => ({
      table,
      chain,
      comment,
      expressions: [...expressions, ...nft.counter()],
    })
    const t = socket.begin().addTable(table).addChain({ table, name: 'lo' })
    for (const set of [nets, pairs, ranges, verdicts, marks]) t.addSet(set)
    t.addChain(hook)
    t.addElements(nets, ['127.0.1.0/24', '127.0.3.4-127.0.3.9', '127.255.255.255'])
    t.addElements(pairs, [['lo', '127.0.1.1']])
    t.addElements(ranges, [
      ['icmp', '127.0.0.0/16'],
      ['udp', '127.0.0.0/8'],
    ])
    t.addElements(verdicts, [{ key: 'lo', data: { verdict: 'jump', chain: 'lo' } }])
    t.addElements(marks, [{ key: '127.0.3.0/24', data: 0x1234 }])
    const request = [...nft.family(4), ...nft.l4proto('icmp'), ...nft.match('icmp type', 8)]
    t.addRule(counted('net', [...request, ...nft.inSet('ip daddr', 'n')]))
    t.addRule(counted('outside', [...request, ...nft.inSet('ip daddr', 'n', true)]))
    t.addRule(counted('pair', [...request, ...nft.inSet(['oifname', 'ip daddr'], 'p')]))
    t.addRule(counted('range', [...request, ...nft.inSet(['l4proto', 'ip daddr'], 'r')]))
    t.addRule({ table, chain: 'out', expressions: [...request, ...nft.verdictMap('oifname', 'v')] })
    t.addRule(counted('dispatched', request, 'lo'))
    t.addRule({
      table,
      chain: 'out',
      expressions: [...request, ...mapInto('ip daddr', 'm'), { type: 'set-meta', key: 'mark' }],
    })
    t.addRule(counted('marked', [...request, ...nft.matchMasked('mark', 0xff00, 0x1200)]))
    await t.commit()
    for (const address of ['127.0.1.1', '127.0.2.1', '127.0.3.4', '127.0.3.10', '127.1.0.1']) {
      await host.output('ping', ['-c', '1', '-W', '2', '-n', address])
    }
    const packets = (await socket.rules(table)).flatMap(({ comment, expressions }) => {
      const counter = expressions.find(({ type }) => type === 'counter')
      return comment !== undefined && counter?.type === 'counter' ? [[comment, counter.packets]] : []
    })
    expect(Object.fromEntries(packets)).toEqual({
      net: 2n,
      outside: 3n,
      pair: 1n,
      range: 4n,
      dispatched: 5n,
      marked: 2n,
    })
  })
})
