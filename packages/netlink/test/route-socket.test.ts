import { closeSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNamespace, type Namespace, skipReason } from '@manx/testbed'
import { inNamespace, openRouteSocket, type Route, type RouteSocket } from '../src/index.ts'
import { netlinkSocket, openNamespace, send } from '../src/syscalls.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter'] })
const suite = reason === undefined ? describe : describe.skip

interface IpRoute {
  readonly type?: string
  readonly dst: string
  readonly gateway?: string
  readonly via?: { readonly family: string; readonly host: string }
  readonly dev?: string
  readonly protocol: string
  readonly metric?: number
  readonly flags: readonly string[]
  readonly nexthops?: readonly { readonly gateway?: string; readonly dev: string; readonly weight: number }[]
}

suite(`rtnetlink against the kernel${reason === undefined ? '' : `: ${reason}`}`, () => {
  let host: Namespace
  let pod: Namespace
  let routes: RouteSocket

  beforeEach(async () => {
    host = await createNamespace('nlh')
    pod = await createNamespace('nlp')
    routes = openRouteSocket({ namespace: host.path })
  })

  afterEach(async () => {
    routes.close()
    await Promise.all([host.remove(), pod.remove()])
  })

  const json = async <T>(namespace: Namespace, ...args: string[]): Promise<T> =>
    JSON.parse((await namespace.output('ip', ['-j', '-d', ...args])) || '[]') as T

  const veth = (name: string, peer = 'eth0') =>
    routes.createVeth({ name, up: true, peer: { name: peer, namespacePath: pod.path } })

  test('a veth pair is made with its peer straight in another namespace', async () => {
    const link = await routes.createVeth({
      name: 'cali0123456789a',
      mac: 'ee:ee:ee:ee:ee:ee',
      mtu: 1400,
      group: 7,
      up: true,
      peer: { name: 'eth0', namespacePath: pod.path, mac: '02:00:00:00:00:01', mtu: 1400 },
    })
    expect(link).toMatchObject({
      name: 'cali0123456789a',
      kind: 'veth',
      mac: 'ee:ee:ee:ee:ee:ee',
      mtu: 1400,
      group: 7,
      up: true,
    })
    const [shown] = await json<object[]>(host, 'link', 'show', 'dev', 'cali0123456789a')
    expect(shown).toMatchObject({
      ifindex: link.index,
      mtu: 1400,
      address: 'ee:ee:ee:ee:ee:ee',
      group: '7',
      linkinfo: { info_kind: 'veth' },
    })
    const [peer] = await json<object[]>(pod, 'link', 'show', 'dev', 'eth0')
    expect(peer).toMatchObject({ mtu: 1400, address: '02:00:00:00:00:01', operstate: 'DOWN' })
    await expect(veth('cali0123456789a', 'eth1')).rejects.toThrow(
      /^EEXIST: RTM_NEWLINK cali0123456789a type veth peer eth1 netns /,
    )
  })

  test('a peer in a namespace that is not there names the path', async () => {
    const made = routes.createVeth({ name: 'a', peer: { name: 'b', namespacePath: '/run/netns/mt-none' } })
    await expect(made).rejects.toMatchObject({ code: 'ENOENT', message: 'ENOENT: open namespace /run/netns/mt-none' })
  })

  test('links can be set, found and listed', async () => {
    const { index } = await veth('cali1')
    await routes.setLink(index, { up: false })
    await routes.setLink(index, { mtu: 1300, mac: '02:00:00:00:00:09', name: 'cali2', group: 3, up: true })
    expect(await routes.link('cali1')).toBeUndefined()
    expect(await routes.link('cali2')).toMatchObject({ index, mtu: 1300, mac: '02:00:00:00:00:09', group: 3, up: true })
    expect(await routes.link(index)).toEqual(await routes.link('cali2'))
    expect((await routes.links()).map(({ name, loopback }) => [name, loopback])).toEqual([
      ['lo', true],
      ['cali2', false],
    ])
    await expect(routes.setLink(999, { up: true })).rejects.toThrow('ENODEV: RTM_NEWLINK #999 {"up":true}')
    await expect(routes.link('much-too-long-a-name')).rejects.toThrow('EINVAL: interface name "much-too-long-a-name"')
  })

  test('deleting a link leaves the event loop free, for requests of other sockets too', async () => {
    await veth('cali1')
    const other = openRouteSocket({ namespace: pod.path })
    let turns = 0
    let done = false
    const deleted = routes.deleteLink('cali1').finally(() => {
      done = true
    })
    const listed = other.links()
    while (!done) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      turns++
    }
    expect(await deleted).toBe(true)
    expect((await listed).length).toBeGreaterThan(0)
    expect(turns).toBeGreaterThan(2)
    other.close()
    expect(await routes.deleteLink('cali1')).toBe(false)
    expect(await routes.deleteLink(4711)).toBe(false)
  })

  test('a whole group is deleted in one request', async () => {
    for (let i = 0; i < 5; i++) {
      const { index } = await veth(`cali${i}`, `eth${i}`)
      if (i !== 2) await routes.setLink(index, { group: 42 })
    }
    expect(await routes.deleteLinkGroup(42)).toBe(true)
    expect((await routes.links()).map(({ name }) => name)).toEqual(['lo', 'cali2'])
    expect(await routes.deleteLinkGroup(42)).toBe(false)
    await expect(routes.deleteLinkGroup(0)).rejects.toThrow('EINVAL: RTM_DELLINK group 0')
  })

  test('addresses of both families, without duplicate address detection where asked', async () => {
    const { index } = await veth('cali1')
    await routes.addAddress(index, '192.0.2.1/24')
    await routes.addAddress(index, '192.0.2.1/24')
    await routes.addAddress(index, '169.254.1.1/32', { scope: 'link' })
    await routes.addAddress(index, 'fd00::1/64', { noDad: true, noPrefixRoute: true })
    const shown = await json<{ addr_info: { local: string; prefixlen: number; scope: string }[] }[]>(
      host,
      'address',
      'show',
      'dev',
      'cali1',
    )
    const own = shown[0]?.addr_info.map(({ local, prefixlen, scope }) => [`${local}/${prefixlen}`, scope])
    expect((await routes.addresses({ index })).map(({ address, scope }) => [address, scope])).toEqual(own)
    expect(own).toContainEqual(['169.254.1.1/32', 'link'])
    expect(await routes.addresses({ family: 6, index })).toContainEqual(
      expect.objectContaining({ address: 'fd00::1/64', tentative: false, permanent: true }),
    )
    expect(await json<IpRoute[]>(host, '-6', 'route', 'show', 'fd00::/64')).toEqual([])
    expect(await routes.deleteAddress(index, '192.0.2.1/24')).toBe(true)
    expect(await routes.deleteAddress(index, '192.0.2.1/24')).toBe(false)
    await expect(routes.addAddress(999, '192.0.2.9/24')).rejects.toThrow('ENODEV: RTM_NEWADDR 192.0.2.9/24 dev #999')
  })

  test('routes of both families as `ip route` shows them', async () => {
    const { index } = await veth('cali1')
    const second = await veth('cali2', 'eth1')
    await routes.addAddress(index, '192.0.2.1/24')
    await routes.addAddress(index, 'fd00::1/64', { noDad: true })
    const wanted: Route[] = [
      { family: 4, destination: '10.0.0.1/32', nextHops: [{ interface: index }] },
      {
        family: 4,
        destination: '10.1.0.0/26',
        protocol: 80,
        metric: 1024,
        source: '192.0.2.1',
        nextHops: [{ gateway: '192.0.2.2' }],
      },
      {
        family: 4,
        destination: '10.2.0.0/26',
        protocol: 80,
        nextHops: [{ gateway: '192.0.2.2', weight: 2 }, { gateway: '192.0.2.3' }],
      },
      { family: 4, destination: '10.3.0.0/26', type: 'blackhole', protocol: 80, metric: 1024, nextHops: [] },
      { family: 4, destination: '10.4.0.0/26', type: 'unreachable', nextHops: [] },
      { family: 4, destination: '10.5.0.0/26', nextHops: [{ gateway: 'fd00::2', interface: index }] },
      {
        family: 4,
        destination: '10.6.0.0/26',
        mtu: 1200,
        nextHops: [{ gateway: '198.51.100.1', interface: second.index, onlink: true }],
      },
      { family: 6, destination: 'fd01::1/128', metric: 1024, nextHops: [{ interface: index }] },
      {
        family: 6,
        destination: 'fd02::/122',
        protocol: 80,
        nextHops: [{ gateway: 'fd00::2' }, { gateway: 'fd00::3' }],
      },
      { family: 6, destination: 'fd03::/122', type: 'blackhole', protocol: 80, nextHops: [] },
    ]
    for (const route of wanted) await routes.replaceRoute(route)
    const v4 = await json<IpRoute[]>(host, '-4', 'route', 'show', 'root', '10.0.0.0/8')
    const found = new Map(v4.map((route) => [route.dst, route]))
    expect(found.get('10.0.0.1')).toMatchObject({ dev: 'cali1', protocol: 'boot', scope: 'link' })
    expect(found.get('10.1.0.0/26')).toMatchObject({
      gateway: '192.0.2.2',
      dev: 'cali1',
      protocol: '80',
      metric: 1024,
      prefsrc: '192.0.2.1',
    })
    expect(found.get('10.2.0.0/26')?.nexthops).toMatchObject([
      { gateway: '192.0.2.2', weight: 2 },
      { gateway: '192.0.2.3', weight: 1 },
    ])
    expect(found.get('10.3.0.0/26')).toMatchObject({ type: 'blackhole', metric: 1024 })
    expect(found.get('10.4.0.0/26')).toMatchObject({ type: 'unreachable' })
    expect(found.get('10.5.0.0/26')).toMatchObject({ via: { family: 'inet6', host: 'fd00::2' }, dev: 'cali1' })
    expect(found.get('10.6.0.0/26')).toMatchObject({
      gateway: '198.51.100.1',
      dev: 'cali2',
      flags: expect.arrayContaining(['onlink']),
      metrics: [{ mtu: 1200 }],
    })
    const v6 = await json<IpRoute[]>(host, '-6', 'route', 'show', 'root', 'fd00::/14')
    expect(v6.find(({ dst }) => dst === 'fd02::/122')?.nexthops?.map(({ gateway }) => gateway)).toEqual([
      'fd00::2',
      'fd00::3',
    ])
    expect(v6.find(({ dst }) => dst === 'fd03::/122')).toMatchObject({ type: 'blackhole', metric: 1024 })

    const read = [...(await routes.routes({ family: 4 })), ...(await routes.routes({ family: 6 }))]
    for (const route of wanted) {
      const same = read.find(({ destination }) => destination === route.destination)
      expect(same).toMatchObject({ protocol: 3, table: 254, type: 'unicast', ...route })
    }
    expect((await routes.routes({ family: 4, protocol: 80 })).map(({ destination }) => destination)).toEqual([
      '10.1.0.0/26',
      '10.2.0.0/26',
      '10.3.0.0/26',
    ])
    expect((await routes.routes({ family: 4, interface: second.index })).map(({ destination }) => destination)).toEqual(
      ['10.6.0.0/26'],
    )
    expect(await routes.routeTo('10.1.0.5')).toMatchObject({ nextHops: [{ gateway: '192.0.2.2', interface: index }] })
    await expect(routes.routeTo('203.0.113.1')).rejects.toThrow('ENETUNREACH: RTM_GETROUTE 203.0.113.1')
    for (const route of wanted)
      expect([route.destination, await routes.deleteRoute(route)]).toEqual([route.destination, true])
    for (const route of wanted) expect(await routes.deleteRoute(route)).toBe(false)
  })

  test('routes in a table beyond 255, and in one that is not there', async () => {
    const { index } = await veth('cali1')
    const route: Route = { family: 4, destination: '10.0.0.0/26', table: 4711, nextHops: [{ interface: index }] }
    await routes.replaceRoute(route)
    expect(await routes.routes({ family: 4, table: 4711 })).toMatchObject([route])
    for (const family of [4, 6] as const) expect(await routes.routes({ family, table: 4712 })).toEqual([])
  })

  // Replacing is one request in IPv6, too, whatever was there: no hop of the old route may stay, no second route may appear.
  const shapes: Readonly<Record<string, Pick<Route, 'type' | 'nextHops'>>> = {
    'one gateway': { nextHops: [{ gateway: 'GW2' }] },
    'another gateway': { nextHops: [{ gateway: 'GW4' }] },
    'two gateways': { nextHops: [{ gateway: 'GW2' }, { gateway: 'GW3' }] },
    'two other gateways': { nextHops: [{ gateway: 'GW4' }, { gateway: 'GW5' }] },
    'three gateways': { nextHops: [{ gateway: 'GW2' }, { gateway: 'GW3' }, { gateway: 'GW4' }] },
    'a device': { nextHops: [{ interface: 0 }] },
    blackhole: { type: 'blackhole', nextHops: [] },
  }

  test.each([4, 6] as const)('replacing IPv%d routes leaves exactly the new one', async (family) => {
    const { index } = await veth('cali1')
    const pods = openRouteSocket({ namespace: pod.path })
    await pods.setLink((await pods.link('eth0'))?.index ?? 0, { up: true })
    pods.close()
    await routes.addAddress(index, family === 4 ? '192.0.2.1/24' : 'fd00::1/64', { noDad: true })
    const shaped = ({ type = 'unicast', nextHops }: Pick<Route, 'type' | 'nextHops'>): Route => ({
      family,
      destination: family === 4 ? '10.0.0.0/26' : 'fd02::/122',
      protocol: 80,
      metric: 1024,
      type,
      nextHops: nextHops.map((hop) =>
        hop.gateway === undefined
          ? { interface: index }
          : { gateway: hop.gateway.replace('GW', family === 4 ? '192.0.2.' : 'fd00::') },
      ),
    })
    for (const [from, before] of Object.entries(shapes)) {
      for (const [to, after] of Object.entries(shapes)) {
        await routes.replaceRoute(shaped(before))
        expect([from, to, await routes.applyRoutes({ replace: [shaped(after)] })]).toEqual([from, to, []])
        const left = await routes.routes({ family, protocol: 80 })
        expect([from, to, left.length]).toEqual([from, to, 1])
        expect(left[0]).toMatchObject(shaped(after))
        expect(left[0]?.nextHops).toHaveLength(shaped(after).nextHops.length)
        expect(await routes.deleteRoute(shaped(after))).toBe(true)
        expect(await routes.routes({ family, protocol: 80 })).toEqual([])
      }
    }
  })

  test('a batch says of each route whether it failed, and does the others', async () => {
    const { index } = await veth('cali1')
    const many: Route[] = Array.from({ length: 1201 }, (_, i) => ({
      family: 4,
      destination: `10.1.${i >> 8}.${i & 255}/32`,
      protocol: 80,
      nextHops: i % 100 === 7 ? [{ gateway: '203.0.113.1' }] : [{ interface: index }],
    }))
    many[3] = { family: 4, destination: 'nonsense', nextHops: [{ interface: index }] }
    const failures = await routes.applyRoutes({ replace: many })
    expect(failures.map(({ route }) => many.indexOf(route)).sort((a, b) => a - b)).toEqual([
      3, 7, 107, 207, 307, 407, 507, 607, 707, 807, 907, 1007, 1107,
    ])
    expect(failures.find(({ route }) => route === many[107])?.error).toMatchObject({
      code: 'ENETUNREACH',
      errno: 101,
      request: 'RTM_NEWROUTE 10.1.0.107/32 via 203.0.113.1',
      message: 'ENETUNREACH: RTM_NEWROUTE 10.1.0.107/32 via 203.0.113.1 (Nexthop has invalid gateway)',
    })
    expect(await routes.routes({ family: 4, protocol: 80 })).toHaveLength(1201 - 13)
    // Those that are not there are no failures of a deletion.
    expect((await routes.applyRoutes({ delete: many })).map(({ route }) => route.destination)).toEqual(['nonsense'])
    expect(await routes.routes({ family: 4, protocol: 80 })).toEqual([])
  })

  test('a dump is whole while routes come and go', async () => {
    const route = (i: number): Route => ({
      family: 4,
      destination: `10.1.${i >> 8}.${i & 255}/32`,
      protocol: 80,
      nextHops: [{ interface: 1 }],
    })
    const kept = Array.from({ length: 5000 }, (_, i) => route(2 * i))
    expect(await routes.applyRoutes({ replace: kept })).toEqual([])
    const other = openRouteSocket({ namespace: host.path })
    const stop = new AbortController()
    const churn = (async () => {
      for (let i = 0; !stop.signal.aborted; i = (i + 1) % 5000) {
        await other.replaceRoute(route(2 * i + 1))
        await other.deleteRoute(route(2 * i + 1))
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 0; i < 20; i++) {
      const found = new Set((await routes.routes({ family: 4, protocol: 80 })).map(({ destination }) => destination))
      expect(kept.filter(({ destination }) => !found.has(destination))).toEqual([])
    }
    stop.abort()
    await churn
    other.close()
  })

  test('neighbours and proxies', async () => {
    const { index } = await veth('cali1')
    await routes.replaceNeighbour({ family: 4, index, address: '169.254.1.1', mac: 'ee:ee:ee:ee:ee:ee' })
    await routes.replaceNeighbour({ family: 6, index, address: 'fe80::1', mac: 'ee:ee:ee:ee:ee:ee' })
    await routes.replaceNeighbour({ family: 4, index, address: '192.0.2.9', proxy: true })
    const shown = await json<{ dst: string; lladdr: string; state: string[] }[]>(
      host,
      'neighbour',
      'show',
      'nud',
      'permanent',
    )
    expect(shown.map(({ dst, lladdr }) => [dst, lladdr]).toSorted(([a = ''], [b = '']) => a.localeCompare(b))).toEqual([
      ['169.254.1.1', 'ee:ee:ee:ee:ee:ee'],
      ['fe80::1', 'ee:ee:ee:ee:ee:ee'],
    ])
    expect(await routes.neighbours({ family: 4, index })).toEqual([
      { family: 4, index, address: '169.254.1.1', mac: 'ee:ee:ee:ee:ee:ee', state: 'permanent', proxy: false },
    ])
    expect(await routes.neighbours({ proxy: true })).toMatchObject([{ address: '192.0.2.9', proxy: true }])
    expect(await routes.deleteNeighbour({ family: 4, index, address: '169.254.1.1' })).toBe(true)
    expect(await routes.deleteNeighbour({ family: 4, index, address: '169.254.1.1' })).toBe(false)
  })

  test('a closed socket refuses requests and closes after those that wait', async () => {
    const waiting = routes.links()
    routes.close()
    await expect(routes.links()).rejects.toThrow('EBADF: use of a closed netlink socket')
    expect((await waiting).length).toBe(1)
    await routes.onClosed
  })

  test('the kernel still refuses a veth peer that is up at once: why createVeth leaves it down', async () => {
    const { MessageWriter } = await import('../src/wire/message-writer.ts')
    const { NetlinkSocket } = await import('../src/wire/netlink-socket.ts')
    const { writeLinkHeader, writeLinkName } = await import('../src/rt/link-message.ts')
    const socket = new NetlinkSocket(0, { namespace: host.path })
    const namespace = openNamespace(pod.path)
    const writer = new MessageWriter()
    const message = writer.beginMessage(16, 0x605, 1)
    writeLinkHeader(writer, 0)
    writeLinkName(writer, 'cali1')
    const info = writer.beginNested(18)
    writer.attrString(1, 'veth')
    const data = writer.beginNested(2)
    const peer = writer.beginNested(1)
    writeLinkHeader(writer, 0, 1, 1)
    writeLinkName(writer, 'eth0')
    writer.attrU32(28, namespace)
    for (const nested of [peer, data, info]) writer.endNested(nested)
    writer.endMessage(message)
    const made = socket.run(() => socket.request(writer.bytes(), 1, () => 'veth'))
    await expect(made).rejects.toMatchObject({ code: 'ENOTCONN' })
    closeSync(namespace)
    socket.close()
  })

  test('a failing system call names itself', () => {
    const fd = inNamespace(host.path, () => netlinkSocket(0))
    closeSync(fd)
    expect(() => send(fd, new Uint8Array(1), 'a request')).toThrow('EBADF: a request')
    expect(() => netlinkSocket(4711)).toThrow('EPROTONOSUPPORT: socket(AF_NETLINK, 4711)')
  })
})
