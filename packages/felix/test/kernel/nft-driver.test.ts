import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Policy, policyKey, silentLogger } from '@manx/api'
import { type NftSocket, openNftSocket } from '@manx/netlink'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { baseItems } from '../../src/calc/base-chains.ts'
import { type CalcEvent, Calculator } from '../../src/calc/calculator.ts'
import { ItemStore } from '../../src/calc/item-store.ts'
import { type Item, membersKey } from '../../src/calc/items.ts'
import { names } from '../../src/calc/names.ts'
import { defaultSettings } from '../../src/calc/resolve-settings.ts'
import type { Rule, Verdict } from '../../src/calc/ruleset.ts'
import { NftDriver } from '../../src/dataplane/nft/nft-driver.ts'
import { endpoint, podOf } from '../endpoints.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft'] })
const suite = reason === undefined ? describe : describe.skip

const dispatch = (name: string, verdict: Verdict): Item => ({
  kind: 'dispatch',
  map: names.egressDispatch,
  parts: [name],
  verdict,
})
const jump = (chain: string): Rule => ({ matches: [], action: { kind: 'jump', chain }, comment: chain })
const selected: Item = { kind: 'set', set: { name: 'selected', key: ['ipv4', 'protocol', 'port'] } }
const member: Item = { kind: 'member', set: 'selected', parts: ['10.0.0.1', '6', '80'] }
const policy: Item = {
  kind: 'chain',
  chain: {
    name: 'policy-a',
    rules: [
      {
        matches: [
          { kind: 'protocol', protocol: 'tcp' },
          { kind: 'set', fields: ['ip daddr', 'l4proto', 'dport'], set: 'selected' },
        ],
        action: { kind: 'accept' },
        comment: 'named port',
      },
    ],
  },
}
const listOf = (...policies: readonly string[]): Item => ({
  kind: 'chain',
  chain: { name: 'list-1', rules: [...policies.map(jump), { matches: [], action: { kind: 'drop' }, comment: 'end' }] },
})
const toList: Verdict = { kind: 'goto', chain: 'list-1' }

suite(`policy chains in the nftables driver${reason === undefined ? '' : ` (${reason})`}`, () => {
  let namespace: Namespace
  let socket: NftSocket
  let driver: NftDriver
  const store = () => new ItemStore()

  beforeEach(async () => {
    namespace = await createNamespace('fnft')
    socket = openNftSocket({ namespace: namespace.path })
    driver = new NftDriver({ socket, logger: silentLogger, onForeignChange: () => undefined })
  })
  afterEach(async () => {
    socket.close()
    await namespace.remove()
  })

  const apply = async (items: ItemStore) => {
    for (const delta of items.flush()) driver.accept(delta)
    await driver.apply({ sweep: true })
    return await namespace.output('nft', ['list', 'table', 'inet', 'manx'])
  }
  const base = (items: ItemStore) => items.set('base', baseItems(defaultSettings))

  test.each([true, false])(
    'a table that is dormant is woken, and flows are judged again (sweep: %s)',
    async (sweep) => {
      const items = store()
      base(items)
      const before = await apply(items)
      let woken = 0
      driver = new NftDriver({
        socket,
        logger: silentLogger,
        onForeignChange: () => undefined,
        onWoken: () => {
          woken++
        },
      })
      items.set('other', [listOf()])
      await namespace.output('nft', ['add', 'table', 'inet', 'manx', '{ flags dormant; }'])
      for (const delta of [...items.flush()]) driver.accept(delta)
      await driver.apply({ sweep })
      const after = await namespace.output('nft', ['list', 'table', 'inet', 'manx'])
      expect([woken, after.includes('dormant'), driver.statistics.drift]).toEqual([1, false, 1])
      if (!sweep) expect(after).toBe(before)
      driver.invalidate()
      await driver.apply({ sweep })
      expect([woken, driver.statistics.rebuilds]).toEqual([1, 0])
    },
  )

  test('endpoints move from the bare element to a shared chain and back, one transaction each', async () => {
    const items = store()
    base(items)
    items.set('endpoint/1', [dispatch('cali1', { kind: 'accept' })])
    expect(await apply(items)).toContain('"cali1" : accept')
    items.set('policy/a', [selected, member, policy])
    items.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    items.set('endpoint/2', [dispatch('cali2', toList), listOf('policy-a')])
    const shared = await apply(items)
    expect(shared).toMatch(/"cali1" : goto list-1,\s+"cali2" : goto list-1/)
    expect(shared).toContain('10.0.0.1 . tcp . 80')
    expect(shared).toContain('jump policy-a')
    items.set('endpoint/1', [dispatch('cali1', { kind: 'accept' })])
    items.set('endpoint/2', [])
    items.set('policy/a', [])
    const bare = await apply(items)
    expect(bare).not.toMatch(/list-1|policy-a|selected|cali2/)
    expect(driver.statistics).toMatchObject({ transactions: 3, rebuilds: 1, failures: 0, reads: 1 })
  })

  test('groups of groups of policies that a namespace has in common are not too deep for the kernel', async () => {
    const calculator = new Calculator({ node: 'node-1' })
    const policyOf = (name: string, order: number, selector: string): CalcEvent => {
      const rules = [{ action: 'Allow', protocol: 6 }] as const
      const shared = { namespace: 'default', name, tier: 'default', order, selector, types: ['Ingress'] } as const
      const value: Policy = { kind: 'CalicoNetworkPolicy', ...shared, ingress: rules, egress: [] }
      return { kind: 'policy', name: policyKey(value), value }
    }
    const pod = endpoint('1', '10.0.0.1')
    const events: readonly CalcEvent[] = [
      { kind: 'namespace', name: 'default', value: {} },
      { kind: 'endpoint', name: pod.interfaceName, value: pod, pod: { ...podOf(pod), labels: { web: '' } } },
      policyOf('own', 700, 'has(web)'),
      ...Array.from({ length: 1500 }, (_, index) => policyOf(`all-${index}`, index, 'all()')),
    ]
    for (const event of events) calculator.update(event)
    const others = ['route', 'interface', 'sysctl']
    for (const delta of calculator.flush()) if (!others.includes(delta.kind)) driver.accept(delta)
    await driver.apply({ sweep: true })
    const table = await namespace.output('nft', ['list', 'table', 'inet', 'manx'])
    const groups = table.match(/^\tchain ni-\S+ \{$/gm) ?? []
    expect(groups.length).toBeGreaterThan(100)
    expect(table.match(/jump pi-\S+-default\/all-\d+ /g)?.length).toBeGreaterThanOrEqual(1500)
  })

  test('a changed policy rewrites its own chain only', async () => {
    const items = store()
    base(items)
    items.set('policy/a', [selected, policy])
    items.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    await apply(items)
    const handles = async (chain: string) =>
      await namespace.output('nft', ['-a', 'list', 'chain', 'inet', 'manx', chain])
    const before = await Promise.all(['list-1', 'egress', 'policy-a'].map(handles))
    const [, ...rest] = [selected, policy]
    items.set('policy/a', [
      selected,
      ...rest.map((item) =>
        item.kind === 'chain'
          ? { ...item, chain: { ...item.chain, rules: [...item.chain.rules, jump('policy-b')] } }
          : item,
      ),
      { kind: 'chain', chain: { name: 'policy-b', rules: [] } },
    ])
    expect(await apply(items)).toContain('jump policy-b')
    const after = await Promise.all(['list-1', 'egress', 'policy-a'].map(handles))
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after[2]).not.toBe(before[2])
  })

  test('what the kernel refuses changes nothing, and is written once it is right', async () => {
    const items = store()
    base(items)
    const before = await apply(items)
    items.set('endpoint/1', [dispatch('cali1', { kind: 'accept' })])
    items.set('policy/a', [{ kind: 'chain', chain: { name: 'policy-a', rules: [jump('nowhere')] } }])
    await expect(apply(items)).rejects.toMatchObject({ name: 'NetlinkError', code: 'ENOENT' })
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).toBe(before)
    await expect(apply(items)).rejects.toThrow()
    await expect(apply(items)).rejects.toThrow()
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).toBe(before)
    items.set('policy/a', [])
    const after = await apply(items)
    expect(after).toContain('"cali1" : accept')
    expect(driver.settled('element|egress-dispatch|cali1')).toBe(true)
  })

  test('a table that could not be read is not made anew', async () => {
    let busy = false
    const interrupted: NftSocket = new Proxy(socket, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        if (name === 'dumpTable' && busy) return () => Promise.reject(new Error('EINTR: others write all the time'))
        return method.bind(target)
      },
    })
    driver = new NftDriver({ socket: interrupted, logger: silentLogger, onForeignChange: () => undefined })
    const items = store()
    base(items)
    await apply(items)
    const table = () => namespace.output('nft', ['-a', 'list', 'table', 'inet', 'manx'])
    const before = await table()
    busy = true
    await namespace.output('nft', ['add', 'table', 'inet', 'others'])
    driver.invalidate()
    for (let tries = 0; tries < 3; tries++) await expect(driver.apply({ sweep: true })).rejects.toThrow('EINTR')
    expect(driver.written).toBe(false)
    busy = false
    items.set('endpoint/1', [dispatch('cali1', { kind: 'accept' })])
    expect(await apply(items)).toContain('"cali1" : accept')
    expect([driver.statistics.rebuilds, driver.written]).toEqual([1, true])
    // What was there is still the same object, under its old handle.
    const handles = (text: string) => text.match(/^\tchain .*# handle \d+$/gm)
    expect(handles(await table())).toEqual(handles(before))
  })

  test('another driver finds nothing to do', async () => {
    const items = store()
    base(items)
    items.set('policy/a', [selected, member, policy])
    items.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    const before = await apply(items)
    driver = new NftDriver({ socket, logger: silentLogger, onForeignChange: () => undefined })
    const again = store()
    base(again)
    again.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    again.set('policy/a', [policy, member, selected])
    expect(await apply(again)).toBe(before)
    expect(driver.statistics).toMatchObject({ transactions: 0, reads: 1 })
  })

  const many: Item = { kind: 'set', set: { name: 's4-many', key: ['ipv4'] } }
  const addressOf = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
  const change = (added: readonly string[], removed: readonly string[] = []) =>
    driver.accept({
      kind: 'members',
      key: membersKey('s4-many'),
      set: 's4-many',
      added: added.map((each) => [each]),
      removed: removed.map((each) => [each]),
    })
  const membersIn = async (set: string) =>
    (await socket.elements({ table: { family: 'inet', name: 'manx' }, name: set, key: 'ipv4_addr' })).length

  test('twenty thousand members are loaded, changed one by one, and go with their set', async () => {
    const items = store()
    base(items)
    items.set('policy/a', [many])
    for (const delta of items.flush()) driver.accept(delta)
    const all = Array.from({ length: 20_000 }, (_, i) => addressOf(i))
    change(all)
    expect(driver.settled(membersKey('s4-many'))).toBe(false)
    await driver.apply({ sweep: true })
    expect(await membersIn('s4-many')).toBe(20_000)
    expect(driver.settled(membersKey('s4-many'))).toBe(true)
    change(['10.200.0.1'], [addressOf(7), addressOf(8)])
    await driver.apply({ sweep: true })
    expect(await membersIn('s4-many')).toBe(19_999)
    change([addressOf(7)], ['10.200.0.1'])
    change(['10.200.0.1'], [addressOf(7)])
    await driver.apply({ sweep: true })
    expect(driver.statistics).toMatchObject({ transactions: 2, reads: 1, drift: 0 })
    // Another driver takes them over; what is foreign goes, what is missing comes.
    await namespace.output('nft', ['delete element inet manx s4-many { 10.0.0.1, 10.0.0.2 }'])
    await namespace.output('nft', ['add element inet manx s4-many { 192.0.2.1 }'])
    driver.invalidate()
    await driver.apply({ sweep: true })
    expect(driver.statistics).toMatchObject({ transactions: 3, reads: 2, drift: 3 })
    expect(await membersIn('s4-many')).toBe(19_999)
    items.set('policy/a', [])
    expect(await apply(items)).not.toContain('s4-many')
    expect(driver.statistics).toMatchObject({ transactions: 4, rebuilds: 1, failures: 0 })
  })

  test('a set that went and comes back is filled anew', async () => {
    const items = store()
    base(items)
    const fill = async (...members: readonly string[]) => {
      items.set('policy/a', [many])
      for (const delta of items.flush()) driver.accept(delta)
      change(members)
      await driver.apply({ sweep: true })
      expect(await membersIn('s4-many')).toBe(members.length)
      expect(driver.settled(membersKey('s4-many'))).toBe(true)
    }
    await fill('10.0.0.1', '10.0.0.2')
    items.set('policy/a', [])
    await apply(items)
    await fill('10.0.0.2', '10.0.0.3')
    // Within one transaction it never goes.
    items.set('policy/a', [])
    for (const delta of items.flush()) driver.accept(delta)
    await fill('10.0.0.3', '10.0.0.4', '10.0.0.5')
    expect(driver.statistics).toMatchObject({ failures: 0, rebuilds: 1 })
  })

  test('nothing is read again while nobody else committed', async () => {
    const items = store()
    base(items)
    await apply(items)
    for (const round of [1, 2, 3]) {
      items.set('endpoint/1', [dispatch(`cali${round}`, { kind: 'accept' })])
      await apply(items)
      driver.invalidate()
      await driver.apply({ sweep: true })
    }
    expect(driver.statistics).toMatchObject({ transactions: 4, reads: 1 })
    await namespace.output('nft', ['add', 'table', 'inet', 'others'])
    driver.invalidate()
    await driver.apply({ sweep: true })
    expect(driver.statistics).toMatchObject({ transactions: 4, reads: 2, drift: 0 })
  })

  test.each([
    ['a rule that is gone', 'flush chain inet manx from-pod'],
    ['a rule too many', 'add rule inet manx from-pod accept'],
    ['an element that is gone', 'delete element inet manx egress-dispatch { cali1 }'],
    [
      'an element with another verdict',
      'delete element inet manx egress-dispatch { cali1 : goto list-1 }; add element inet manx egress-dispatch { cali1 : accept }',
    ],
    ['an element too many', 'add element inet manx ingress-dispatch { cali9 : accept }'],
    ['a member that is gone', 'delete element inet manx selected { 10.0.0.1 . tcp . 80 }'],
    ['a member too many', 'add element inet manx selected { 10.0.0.2 . tcp . 80 }'],
    ['a chain that is gone', 'flush chain inet manx raw-prerouting; delete chain inet manx raw-prerouting'],
    ['a chain too many', 'add chain inet manx other; add rule inet manx other drop'],
    ['a set too many', 'add set inet manx other { type ipv4_addr; }'],
    [
      'a chain with another hook',
      'delete chain inet manx raw-prerouting; add chain inet manx raw-prerouting { type filter hook output priority 5; }; add rule inet manx raw-prerouting accept',
    ],
    ['a chain that drops by default', 'add chain inet manx input { type filter hook input priority 0; policy drop; }'],
    ['a table that is gone', 'delete table inet manx'],
    ['a table that is empty', 'delete table inet manx; add table inet manx'],
  ])('%s is found by the next reading and put right', async (_, damage) => {
    const items = store()
    base(items)
    items.set('policy/a', [selected, member, policy])
    items.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    const right = await apply(items)
    await namespace.output('nft', [damage])
    driver.invalidate()
    await driver.apply({ sweep: true })
    expect(lines(await namespace.output('nft', ['list', 'table', 'inet', 'manx']))).toEqual(lines(right))
    expect(driver.statistics.drift).toBeGreaterThan(0)
    expect(driver.statistics).toMatchObject({ failures: 0, reads: 2 })
  })

  test('without knowledge of policies a table stays as it is but for pods that are gone', async () => {
    const items = store()
    base(items)
    items.set('policy/a', [selected, member, policy])
    items.set('endpoint/1', [dispatch('cali1', toList), listOf('policy-a')])
    items.set('endpoint/2', [dispatch('cali2', toList), listOf('policy-a')])
    const before = await apply(items)
    driver = new NftDriver({ socket, logger: silentLogger, onForeignChange: () => undefined })
    const restored = store()
    base(restored)
    restored.set('endpoint/1', [dispatch('cali1', { kind: 'drop' })])
    restored.set('endpoint/2', [dispatch('cali2', { kind: 'drop' })])
    for (const delta of restored.flush()) driver.accept(delta)
    await driver.apply({ sweep: false })
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).toBe(before)
    expect(driver.settled('element|egress-dispatch|cali1')).toBe(false)
    restored.set('endpoint/2', [])
    for (const delta of restored.flush()) driver.accept(delta)
    await driver.apply({ sweep: false })
    expect(driver.settled('element|egress-dispatch|cali2')).toBe(true)
    const after = await namespace.output('nft', ['list', 'table', 'inet', 'manx'])
    expect(after).toContain('"cali1" : goto list-1')
    expect(after).not.toContain('cali2')
    // A chain that was wanted meanwhile and is not any more stays, and nobody waits for it.
    restored.set('endpoint/3', [listOf('policy-a'), selected, policy])
    for (const delta of restored.flush()) driver.accept(delta)
    restored.set('endpoint/3', [])
    for (const delta of restored.flush()) driver.accept(delta)
    await driver.apply({ sweep: false })
    for (const key of ['chain|list-1', 'set|selected', membersKey('selected')]) expect(driver.settled(key)).toBe(true)
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).toBe(after)
    await driver.apply({ sweep: true })
    expect(driver.settled('chain|list-1')).toBe(true)
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).not.toMatch(/list-1|policy-a/)
  })

  test('without knowledge of policies and without a table nothing is let through', async () => {
    const items = store()
    base(items)
    items.set('endpoint/1', [dispatch('cali1', { kind: 'accept' })])
    items.set('endpoint/2', [dispatch('cali2', { kind: 'drop' })])
    for (const delta of items.flush()) driver.accept(delta)
    await driver.apply({ sweep: false })
    const closed = await namespace.output('nft', ['list', 'table', 'inet', 'manx'])
    expect(closed).toContain('drop comment "from an unknown pod interface')
    expect(closed).toContain('"cali2" : drop')
    expect(closed).not.toContain('cali1')
    await driver.apply({ sweep: true })
    expect(await namespace.output('nft', ['list', 'table', 'inet', 'manx'])).toContain('"cali1" : accept')
    expect(driver.statistics).toMatchObject({ rebuilds: 1, failures: 0 })
  })
})

/** Without counters and without the order in which objects were made. */
const lines = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim().replace(/packets \d+ bytes \d+/, ''))
    .sort()
