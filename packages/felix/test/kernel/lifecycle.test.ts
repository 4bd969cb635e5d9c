import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Daemon, eventually, run, skipReason } from '@manx/testbed'
import fc from 'fast-check'
import { endpoint, podOf } from '../endpoints.ts'
import { batch, createNode, pings, type RunningFelix, sourceSeen, type TestNode } from './node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nft', 'ping'] })
const suite = reason === undefined ? describe : describe.skip

const pool = { metadata: { name: 'pool' }, spec: { cidr: '10.0.0.0/16', natOutgoing: true } }
const kubeProxy = `
table ip kube-proxy {
  set cluster-ips {
    type ipv4_addr
    elements = { 10.96.0.1, 10.96.0.10 }
  }
  chain services {
    ip daddr 10.96.0.1 tcp dport 443 counter drop
  }
  chain filter-forward {
    type filter hook forward priority -110; policy accept;
    ip daddr @cluster-ips jump services
  }
}
table inet manx-not {
  chain x {
    type filter hook forward priority 5; policy accept;
    counter
  }
}
`

const otherLayout = `
table inet manx {
  map egress-dispatch {
    type ifname : verdict
    flags interval
    elements = { "older*" : accept }
  }
  chain egress {
    type filter hook forward priority 9; policy drop;
    iifname vmap @egress-dispatch
  }
}
`

suite(`felix in the kernel${reason === undefined ? '' : ` (${reason})`}`, () => {
  let node: TestNode

  beforeEach(async () => {
    node = await createNode()
  })
  afterEach(async () => node[Symbol.asyncDispose]())

  const routes = async (): Promise<string[]> => {
    const texts = await Promise.all(
      ['-4', '-6'].map((family) => node.namespace.output('ip', [family, 'route', 'show', 'proto', 'boot'])),
    )
    return texts
      .join('')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.includes(' dev cali'))
      .sort((a, b) => (a < b ? -1 : 1))
  }
  const ruleset = async (): Promise<string> => {
    const text = await node.nft('list', 'table', 'inet', 'manx')
    return text.replaceAll(/counter packets \d+ bytes \d+/g, 'counter')
  }

  /** Felix in sync with the endpoints `cali0` … of 10.0.1.0/24 and fd00:1::/64. */
  const startWith = async (count: number): Promise<{ felix: RunningFelix; list: ReturnType<typeof endpoint>[] }> => {
    const list = Array.from({ length: count }, (_, index) =>
      endpoint(String(index), `10.0.1.${index}`, `fd00:1::${(index + 1).toString(16)}`),
    )
    await node.addInterfaces(list.map(({ interfaceName }) => interfaceName))
    const felix = await node.startFelix()
    felix.setPool('pool', pool)
    felix.inSync()
    await Promise.all(list.map((each) => felix.addEndpoint(each)))
    return { felix, list }
  }

  test('thirty endpoints at once are one transaction, and everything is there when their promises resolve', async () => {
    await node.addInterfaces(Array.from({ length: 30 }, (_, index) => `cali${index}`))
    const felix = await node.startFelix()
    felix.setPool('pool', pool)
    felix.inSync()
    await eventually(() => expect(felix.ready()).toBe(true))
    const before = felix.statistics().nftables.transactions
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => felix.addEndpoint(endpoint(String(index), `10.0.1.${index}`))),
    )
    expect(felix.statistics().nftables.transactions - before).toBe(1)
    expect(await routes()).toHaveLength(30)
    expect(await routes()).toContain('10.0.1.7 dev cali7 scope link metric 1024')
    expect((await ruleset()).match(/"cali\d+" : accept/g)).toHaveLength(60)
  })

  test('the ruleset can be listed as JSON, and every set and chain in it is ours', async () => {
    await startWith(3)
    const { nftables } = JSON.parse(await node.nft('-j', 'list', 'ruleset')) as {
      nftables: { chain?: { table: string; name: string; prio?: number } }[]
    }
    const chains = nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]))
    expect(new Set(chains.map(({ table }) => table))).toEqual(new Set(['manx']))
    const hooks = chains.filter(({ prio }) => prio !== undefined).map(({ name, prio }) => `${name} ${prio}`)
    expect(hooks.sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'egress 0',
      'ingress 1',
      'input 0',
      'nat-postrouting 110',
      'raw-prerouting -300',
    ])
  })

  test('a pod interface is set up as pods need it', async () => {
    await startWith(1)
    const sysctl = async (name: string) => (await node.namespace.output('sysctl', ['-n', `net.${name}`])).trim()
    expect(await sysctl('ipv4.conf.cali0.proxy_arp')).toBe('1')
    expect(await sysctl('ipv4.neigh.cali0.proxy_delay')).toBe('0')
    expect(await sysctl('ipv6.conf.cali0.accept_ra')).toBe('0')
    expect(await sysctl('ipv4.ip_forward')).toBe('1')
    expect(await sysctl('ipv6.conf.all.forwarding')).toBe('1')
    const addresses = await node.namespace.output('ip', ['-6', 'address', 'show', 'dev', 'cali0'])
    expect(addresses).toContain('inet6 fe80::ecee:eeff:feee:eeee/64')
    expect(addresses).not.toContain('tentative')
  })

  test('where IPv6 is turned off for new interfaces, pods have what they need of it', async () => {
    const off = ['net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']
    await node.namespace.output('sysctl', ['-qw', ...off])
    await node.addInterfaces(['cali4', 'cali46'])
    // With an MTU that IPv6 cannot have, its sysctls are not even there.
    await batch(node.namespace, ['link set cali4 mtu 1200'])
    const felix = await node.startFelix()
    felix.inSync()
    await felix.addEndpoint(endpoint('4', '10.0.1.4'))
    await felix.addEndpoint(endpoint('46', '10.0.1.46', 'fd00:1::46'))
    expect(await routes()).toEqual([
      '10.0.1.4 dev cali4 scope link metric 1024',
      '10.0.1.46 dev cali46 scope link metric 1024',
      'fd00:1::46 dev cali46 metric 1024 pref medium',
    ])
    const addresses = await node.namespace.output('ip', ['-6', 'address', 'show', 'dev', 'cali46'])
    expect(addresses).toContain('inet6 fe80::ecee:eeff:feee:eeee/64')
    expect(await node.namespace.output('ip', ['-6', 'address', 'show', 'dev', 'cali4'])).toBe('')
    expect(felix.health()).toContainEqual({ name: 'interfaces', ready: true, reason: '' })
  })

  test('a restart changes nothing that is right', async () => {
    const { felix, list } = await startWith(20)
    const before = await Promise.all([ruleset(), routes()])
    await felix.stop()
    // Of the veths' other ends: when the kernel is done with theirs, that is an event, too.
    await eventually(async () =>
      expect(await node.namespace.output('ip', ['-6', 'address', 'show', 'tentative'])).toBe(''),
    )
    const monitors: Daemon[] = [
      await node.namespace.start('nft', ['monitor']),
      await node.namespace.start('ip', ['monitor', 'route', 'link', 'address']),
    ]
    // A change of somebody else shows that the monitors listen.
    await eventually(async () => {
      await node.nft('add', 'table', 'ip', 'seen')
      await node.nft('delete', 'table', 'ip', 'seen')
      await batch(node.namespace, ['route add 198.51.100.0/24 dev eth0', 'route del 198.51.100.0/24 dev eth0'])
      for (const monitor of monitors) expect(monitor.log()).not.toBe('')
    })
    const again = await node.startFelix()
    again.setPool('pool', pool)
    again.restoreEndpoints(list)
    again.inSync()
    await eventually(() => expect(again.ready()).toBe(true))
    expect(again.statistics().nftables).toMatchObject({ transactions: 0, failures: 0, foreignChanges: 0 })
    expect(await Promise.all([ruleset(), routes()])).toEqual(before)
    await again.removeEndpoint('cali0')
    await eventually(() => {
      const [nft, ip] = monitors.map((monitor) =>
        monitor
          .log()
          .split('\n')
          .filter((line) => line.includes('cali')),
      )
      expect(nft?.every((line) => line.includes('cali0') && line.startsWith('delete'))).toBe(true)
      expect(nft?.length).toBeGreaterThan(0)
      expect(ip?.every((line) => line.includes('cali0') && line.startsWith('Deleted'))).toBe(true)
      expect(ip).toHaveLength(2)
    })
  })

  test('what is left of pods that are gone is swept after a restart, and only when all inputs are known', async () => {
    const { felix, list } = await startWith(4)
    const before = await Promise.all([ruleset(), routes()])
    await felix.stop()
    const again = await node.startFelix()
    again.setPool('pool', pool)
    again.restoreEndpoints(list.slice(0, 2))
    expect(await Promise.all([ruleset(), routes()])).toEqual(before)
    again.inSync({ sweep: false })
    await eventually(() => expect(again.ready()).toBe(true))
    expect(await Promise.all([ruleset(), routes()])).toEqual(before)
    again.inSync()
    await eventually(async () => expect(await routes()).toHaveLength(4))
    expect(await ruleset()).not.toMatch(/cali[23]/)
    expect(await ruleset()).toMatch(/cali[01]/)
  })

  const damages: readonly (readonly [string, readonly string[]])[] = [
    ['the table deleted', ['delete', 'table', 'inet', 'manx']],
    ['the table made dormant', ['add', 'table', 'inet', 'manx', '{ flags dormant; }']],
    ['all rulesets flushed', ['flush', 'ruleset']],
    ['a chain flushed', ['flush', 'chain', 'inet', 'manx', 'from-pod']],
    ['a rule added', ['insert', 'rule', 'inet', 'manx', 'egress', 'accept']],
    [
      'a chain added',
      ['add', 'chain', 'inet', 'manx', 'intruder', '{ type filter hook forward priority 7; policy drop; }'],
    ],
    ['a set of another kind added', ['add', 'set', 'inet', 'manx', 'intruder', '{ type ether_addr; }']],
    ['an element deleted', ['delete', 'element', 'inet', 'manx', 'egress-dispatch', '{ "cali1" }']],
    ['an element added', ['add', 'element', 'inet', 'manx', 'ingress-dispatch', '{ "cali9" : drop }']],
    ['a pool changed', ['add', 'element', 'inet', 'manx', 'nat-pools-4', '{ 172.16.0.0/12 }']],
  ]
  test('damage by others is repaired', async () => {
    await startWith(3)
    const before = await ruleset()
    const lines = (text: string) => text.split('\n').sort((a, b) => (a < b ? -1 : 1))
    for (const [name, command] of damages) {
      await node.nft(...command)
      await eventually(async () => expect([name, lines(await ruleset())]).toEqual([name, lines(before)]))
    }
  })

  test('after any mixture of damage and churn the kernel is as it should be', async () => {
    const { felix, list } = await startWith(8)
    const lines = (text: string) => text.split('\n').sort((a, b) => (a < b ? -1 : 1))
    const before = [lines(await ruleset()), await routes()]
    const damage = fc.constantFrom(...damages.map(([, command]) => command))
    const route = fc.constantFrom(
      'route flush dev cali2',
      'route replace 10.0.1.1/32 dev cali0 metric 1024',
      'link set cali3 down',
    )
    const index = fc.integer({ min: 0, max: 7 })
    const step = fc.oneof(
      damage.map((command) => ({ nft: command })),
      route.map((command) => ({ ip: command })),
      index.map((position) => ({ remove: position })),
      index.map((position) => ({ add: position })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const pending: Promise<unknown>[] = []
        for (const each of steps) {
          if ('nft' in each) await run('nft', each.nft, { namespace: node.namespace.name })
          else if ('ip' in each) await batch(node.namespace, [each.ip])
          else if ('remove' in each) pending.push(felix.removeEndpoint(`cali${each.remove}`))
          else for (const value of list.slice(each.add, each.add + 1)) pending.push(felix.addEndpoint(value))
        }
        await batch(node.namespace, ['link set cali3 up'])
        pending.push(...list.map((value) => felix.addEndpoint(value)))
        await Promise.allSettled(pending)
        await eventually(async () => expect([lines(await ruleset()), await routes()]).toEqual(before))
      }),
      { numRuns: 12 },
    )
  })

  test('routes that others delete, change or add are put right', async () => {
    await startWith(2)
    const before = await routes()
    const damage = [
      ['route del 10.0.1.1/32', 'route del fd00:1::1/128'],
      ['route replace 10.0.1.1/32 dev cali0 metric 1024 proto boot'],
      [
        'route add 10.0.9.0/24 dev cali0 proto static',
        'route add 10.0.1.1/32 dev cali1',
        'route add fd00:9::/64 dev cali1',
      ],
      ['link set cali1 down', 'link set cali1 up'],
    ]
    for (const lines of damage) {
      await batch(node.namespace, lines)
      await eventually(async () => expect([lines, await routes()]).toEqual([lines, before]))
    }
    const all = await node.namespace.output('ip', ['route'])
    expect(all).not.toContain('10.0.9.0/24')
    expect(await node.namespace.output('ip', ['-6', 'route'])).toContain('fe80::/64 dev cali1')
  })

  test('an endpoint waits for its interface and follows it', async () => {
    const felix = await node.startFelix()
    felix.inSync()
    let there = false
    const added = felix.addEndpoint(endpoint('late', '10.0.1.9')).then(() => {
      there = true
    })
    await eventually(async () => expect(await ruleset()).toContain('"calilate" : accept'))
    expect(there).toBe(false)
    await node.addInterfaces(['calilate'])
    await added
    expect(await routes()).toEqual(['10.0.1.9 dev calilate scope link metric 1024'])
    await batch(node.namespace, ['link del calilate'])
    await node.addInterfaces(['calilate'])
    await eventually(async () => expect(await routes()).toHaveLength(1))
  })

  test('an endpoint is programmed only while everything of it is in the kernel', async () => {
    const felix = await node.startFelix()
    const late = endpoint('late', '10.0.1.9', 'fd00:1::9')
    felix.restoreEndpoints([late])
    expect(felix.isProgrammed('calilate')).toBe(false)
    felix.inSync()
    await eventually(() => expect(felix.ready()).toBe(true))
    expect(felix.isProgrammed('calilate')).toBe(false)
    await node.addInterfaces(['calilate'])
    await eventually(() => expect(felix.isProgrammed('calilate')).toBe(true))
    const changed = felix.addEndpoint({ ...late, addresses: ['10.0.1.10'] })
    expect(felix.isProgrammed('calilate')).toBe(false)
    await changed
    expect(felix.isProgrammed('calilate')).toBe(true)
    // What goes on elsewhere in the cluster is nothing of its own.
    felix.setPod('default/elsewhere', podOf(endpoint('elsewhere', '10.0.9.9')))
    felix.setServiceAccount('default/other', {})
    expect(felix.isProgrammed('calilate')).toBe(true)
    await batch(node.namespace, ['link set calilate down'])
    await eventually(() => expect(felix.isProgrammed('calilate')).toBe(false))
    await batch(node.namespace, ['link set calilate up'])
    await eventually(() => expect(felix.isProgrammed('calilate')).toBe(true))
    await felix.removeEndpoint('calilate')
    expect(felix.isProgrammed('calilate')).toBe(false)
    expect(felix.isProgrammed('calinever')).toBe(false)
  })

  test('a table of another layout is built anew, and left alone while not everything is known', async () => {
    await node.addInterfaces(['cali0'])
    await node.namespace.output('nft', ['-f', '-'], { input: otherLayout })
    const felix = await node.startFelix()
    felix.restoreEndpoints([endpoint('0', '10.0.1.0')])
    const before = await node.nft('list', 'ruleset')
    felix.inSync({ sweep: false })
    await eventually(() => expect(felix.ready()).toBe(true))
    expect(await node.nft('list', 'ruleset')).toBe(before)
    expect(felix.isProgrammed('cali0')).toBe(false)
    felix.inSync()
    await eventually(async () => expect(await ruleset()).not.toContain('older'))
    expect(await ruleset()).toContain('"cali0" : accept')
  })

  test('translation outside can have its own address, ports and interface', async () => {
    const pod = await node.addPod('one', '10.0.0.1')
    await node.namespace.output('ip', ['address', 'add', '192.0.2.200/32', 'dev', 'eth0'])
    const felix = await node.startFelix({
      FELIX_NATOUTGOINGADDRESS: '192.0.2.200',
      FELIX_NATPORTRANGE: '40000:40009',
      FELIX_IPTABLESNATOUTGOINGINTERFACEFILTER: 'eth+',
      FELIX_NATOUTGOINGEXCLUSIONS: 'IPPoolsAndHostIPs',
    })
    felix.setPool('pool', pool)
    felix.setHostAddresses(['192.0.2.1', '192.0.2.77', '2001:db8::1'])
    felix.inSync()
    await felix.addEndpoint(pod.endpoint)
    expect(await ruleset()).toMatch(/l4proto tcp .*snat ip to 192.0.2.200:40000-40009 fully-random/)
    expect(await ruleset()).toContain('oifname "eth*" ip saddr @nat-pools-4 goto nat-outgoing-4')
    expect(await sourceSeen(pod.namespace, node.outside, '192.0.2.2')).toBe('192.0.2.200')
    felix.setHostAddresses(['192.0.2.1', '192.0.2.2'])
    await eventually(async () => expect(await ruleset()).toContain('192.0.2.2 }'))
    await node.outside.output('ip', ['route', 'add', '10.0.0.0/24', 'via', '192.0.2.1'])
    expect(await sourceSeen(pod.namespace, node.outside, '192.0.2.2')).toBe('10.0.0.1')
  })

  test('packets between pods go on through restarts, repairs and churn', async () => {
    const one = await node.addPod('one', '10.0.0.1', 'fd00::1')
    const two = await node.addPod('two', '10.0.0.2', 'fd00::2')
    const { felix, list } = await startWith(10)
    await Promise.all([felix.addEndpoint(one.endpoint), felix.addEndpoint(two.endpoint)])
    const streams = await Promise.all(
      ['10.0.0.2', 'fd00::2'].map((address) => one.namespace.start('ping', ['-n', '-i', '0.005', address])),
    )
    await eventually(() => {
      for (const stream of streams) expect(stream.log()).toContain('icmp_seq=20 ')
    })
    let running = felix
    for (let round = 0; round < 4; round++) {
      await Promise.all(list.map(({ interfaceName }) => running.removeEndpoint(interfaceName)))
      await Promise.all(list.map((each) => running.addEndpoint(each)))
      await running.stop()
      running = await node.startFelix()
      running.setPool('pool', pool)
      running.restoreEndpoints([...list, one.endpoint, two.endpoint])
      running.inSync()
      await eventually(() => expect(running.ready()).toBe(true))
      await node.nft('delete', 'table', 'inet', 'manx')
      await eventually(async () => expect(await ruleset()).toContain('cali9'))
    }
    for (const stream of streams) {
      await stream.stop('SIGINT')
      expect(stream.log()).toMatch(/ 0% packet loss/)
    }
  })

  test('the tables of others are never touched', async () => {
    await node.namespace.output('nft', ['-f', '-'], { input: kubeProxy })
    const others = async () =>
      (
        await Promise.all([
          node.nft('-a', 'list', 'table', 'ip', 'kube-proxy'),
          node.nft('-a', 'list', 'table', 'inet', 'manx-not'),
        ])
      )
        .join('')
        .replaceAll(/packets \d+ bytes \d+/g, '')
    const before = await others()
    const { felix, list } = await startWith(5)
    await node.nft('delete', 'table', 'inet', 'manx')
    await eventually(async () => expect(await ruleset()).toContain('cali4'))
    await node.nft('add', 'element', 'ip', 'kube-proxy', 'cluster-ips', '{ 10.96.0.99 }')
    await node.nft('delete', 'element', 'ip', 'kube-proxy', 'cluster-ips', '{ 10.96.0.99 }')
    await Promise.all(list.map(({ interfaceName }) => felix.removeEndpoint(interfaceName)))
    expect(await others()).toBe(before)
    expect(felix.statistics().nftables.foreignChanges).toBe(1)
  })

  test('a hundred endpoints that come and go leave nothing behind', async () => {
    const { felix, list } = await startWith(100)
    expect(await routes()).toHaveLength(200)
    const empty = endpoint('x')
    for (let round = 0; round < 5; round++) {
      const half = list.filter((_, index) => index % 5 === round)
      await Promise.all([
        ...half.map(({ interfaceName }) => felix.removeEndpoint(interfaceName)),
        ...half.map((each) => felix.addEndpoint({ ...each, containerId: `again-${round}` })),
      ])
    }
    expect(await routes()).toHaveLength(200)
    await Promise.all(list.map(({ interfaceName }) => felix.removeEndpoint(interfaceName)))
    await felix.removeEndpoint(empty.interfaceName)
    expect(await routes()).toEqual([])
    expect(await ruleset()).not.toContain('cali0')
    const { nftables, routes: routeCounts } = felix.statistics()
    expect(nftables).toMatchObject({ failures: 0, foreignChanges: 0, reads: 1 })
    expect(routeCounts).toMatchObject({ foreignChanges: 0, reads: 1, written: 200, removed: 200 })
  })

  test('a late removal of the old container spares the new one of the same name', async () => {
    const { felix, list } = await startWith(1)
    const [first] = list
    if (first === undefined) throw new Error('no endpoint')
    await felix.addEndpoint({ ...first, containerId: 'new', addresses: ['10.0.1.77'] })
    await felix.removeEndpoint('cali0', { containerId: first.containerId })
    expect(await routes()).toEqual(['10.0.1.77 dev cali0 scope link metric 1024'])
  })

  test('endpoints that cannot be are refused with the reason, and others go on', async () => {
    const { felix } = await startWith(1)
    await node.addInterfaces(['calizz'])
    await expect(felix.addEndpoint(endpoint('bad', '10.0.0'))).rejects.toMatchObject({ code: 'InvalidEndpoint' })
    const before = await routes()
    for (const id of ['zz', '-first']) {
      await expect(felix.addEndpoint(endpoint(id, '10.0.1.0'))).rejects.toMatchObject({ code: 'AddressInUse' })
    }
    expect(await routes()).toEqual(before)
    const pending = felix.addEndpoint(endpoint('never', '10.0.1.200'))
    const controller = new AbortController()
    const given = felix.addEndpoint(endpoint('never2', '10.0.1.201'), { signal: controller.signal })
    controller.abort()
    await expect(given).rejects.toMatchObject({ code: 'Aborted' })
    await felix.removeEndpoint('calinever')
    await expect(pending).rejects.toMatchObject({ code: 'Replaced' })
    expect(felix.ready()).toBe(true)
    expect(await felix.detectMtu()).toBe(1500)
    expect(await pings(node.namespace, '192.0.2.1')).toBe(true)
  })
})
