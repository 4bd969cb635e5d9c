import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { type NftSocket, openNftSocket } from '@manx/netlink'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { baseItems } from '../../src/calc/base-chains.ts'
import { ItemStore } from '../../src/calc/item-store.ts'
import type { Item } from '../../src/calc/items.ts'
import { names } from '../../src/calc/names.ts'
import { defaultSettings } from '../../src/calc/resolve-settings.ts'
import type { Rule, Verdict } from '../../src/calc/ruleset.ts'
import { NftDriver } from '../../src/dataplane/nft/nft-driver.ts'

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
})
