import { describe, expect, test } from '@jest/globals'
import { connect, createNamespace, eventually, skipReason } from '@manx/testbed'
import type { PeerStatus } from '../src/index.ts'
import { GobgpClient } from '../src/speaker/gobgp-client.ts'
import { startBird } from './support/bird.ts'
import { startFrr } from './support/frr.ts'
import { gobgpdPath } from './support/gobgpd.ts'
import { startNode, TestCluster, type TestNode } from './support/node.ts'

const commands = ['ip', 'nsenter', 'bird', 'birdc', 'vtysh', '/usr/lib/frr/bgpd', gobgpdPath]
const reason = skipReason({ root: true, commands })
const suite = reason === undefined ? describe : describe.skip

const patience = { timeout: 60_000, interval: 200 }

/** FRR as the rack's router: one AS for all nodes, so a node's routes come back with that AS in their path. */
const frrConfig = `
frr version 8.4
hostname tor1
router bgp 65101
 bgp router-id 1.1.1.1
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.1.11 remote-as 65001
 neighbor 10.0.1.12 remote-as 65001
 neighbor 2001:db8:1::11 remote-as 65001
 neighbor 2001:db8:1::12 remote-as 65001
 address-family ipv4 unicast
  network 192.0.2.0/24
  network 10.244.99.0/26
 exit-address-family
 address-family ipv6 unicast
  neighbor 2001:db8:1::11 activate
  neighbor 2001:db8:1::12 activate
  network 2001:db8:99::/48
 exit-address-family
`

/** FRR that forgets the routes of a session as soon as it ends. */
const plainFrrConfig = `
frr version 8.4
hostname tor1
router bgp 65101
 bgp router-id 1.1.1.1
 bgp graceful-restart-disable
 no bgp ebgp-requires-policy
 neighbor 10.0.1.11 remote-as 65001
`

const birdConfig = `
router id 2.2.2.2;
protocol device {}
protocol kernel k4 { ipv4 { export all; }; }
protocol kernel k6 { ipv6 { export all; }; }
protocol static s4 { ipv4; route 10.244.99.0/26 blackhole; route 198.51.100.0/24 blackhole; }
template bgp node4 { local as 65102; ipv4 { import all; export all; }; graceful restart on; }
template bgp node6 { local as 65102; ipv6 { import all; export all; }; graceful restart on; }
protocol bgp n1 from node4 { neighbor 10.0.2.11 as 65001; }
protocol bgp n2 from node4 { neighbor 10.0.2.12 as 65001; }
protocol bgp n61 from node6 { neighbor 2001:db8:2::11 as 65001; }
protocol bgp n62 from node6 { neighbor 2001:db8:2::12 as 65001; }
`

async function routes(node: TestNode, family: 4 | 6): Promise<string> {
  return node.namespace.output('ip', [`-${family}`, 'route', 'show', 'proto', '80'])
}

suite(`a rack of two nodes with an FRR and a BIRD router${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('blocks travel both ways over both routers, and nothing else does', async () => {
    await using stack = new AsyncDisposableStack()
    const [n1, n2, tor1, tor2] = [
      stack.use(await createNamespace('bgp-n1')),
      stack.use(await createNamespace('bgp-n2')),
      stack.use(await createNamespace('bgp-tor1')),
      stack.use(await createNamespace('bgp-tor2')),
    ] as const
    // Each router has a bridge, as a switch has ports.
    for (const [router, rack] of [
      [tor1, 1],
      [tor2, 2],
    ] as const) {
      await router.output('ip', ['link', 'add', 'rack', 'type', 'bridge'])
      await router.output('ip', ['link', 'set', 'rack', 'up'])
      await router.output('ip', ['address', 'add', `10.0.${rack}.1/24`, 'dev', 'rack'])
      await router.output('ip', ['address', 'add', `2001:db8:${rack}::1/64`, 'dev', 'rack', 'nodad'])
      for (const [number, namespace] of [
        [11, n1],
        [12, n2],
      ] as const) {
        const addresses = [`10.0.${rack}.${number}/24`, `2001:db8:${rack}::${number}/64`]
        const port = `port${number}`
        await connect({ namespace, interface: `eth${rack}`, addresses }, { namespace: router, interface: port })
        await router.output('ip', ['link', 'set', port, 'master', 'rack'])
      }
    }
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addNode('n1', { v4: '10.0.1.11/24', v6: '2001:db8:1::11/64', as: 65001 })
    cluster.addNode('n2', { v4: '10.0.1.12/24', v6: '2001:db8:1::12/64', as: 65001 })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addPool('v6', 'fd00:1::/48')
    cluster.addBlock('n1', '10.244.1.0/26')
    cluster.addBlock('n1', 'fd00:1::100/122')
    cluster.addBlock('n2', '10.244.2.0/26')
    cluster.addBlock('n2', 'fd00:1::200/122')
    const rack = { numAllowedLocalASNumbers: 1, sourceAddress: 'None' } as const
    cluster.addPeer('tor1', { peerIP: '10.0.1.1', asNumber: 65101, ...rack })
    cluster.addPeer('tor1-v6', { peerIP: '2001:db8:1::1', asNumber: 65101, ...rack })
    cluster.addPeer('tor2', { peerIP: '10.0.2.1', asNumber: 65102, ...rack })
    cluster.addPeer('tor2-v6', { peerIP: '2001:db8:2::1', asNumber: 65102, ...rack })
    const frr = stack.use(await startFrr(tor1, frrConfig))
    const bird = stack.use(await startBird(tor2, birdConfig))
    const node1 = stack.use(await startNode(cluster, 'n1', n1))
    const node2 = stack.use(await startNode(cluster, 'n2', n2))

    await eventually(async () => {
      expect((await node1.bgp.status()).peers.map(({ address, state }) => `${address} ${state}`)).toEqual([
        '10.0.1.1 up',
        '2001:db8:1::1 up',
        '10.0.2.1 up',
        '2001:db8:2::1 up',
      ])
    }, patience)

    // Both ways to the other node's block, in both families.
    for (const [node, block4, block6] of [
      [node1, '10.244.2.0/26', 'fd00:1::200/122'],
      [node2, '10.244.1.0/26', 'fd00:1::100/122'],
    ] as const) {
      await eventually(async () => {
        const v4 = await routes(node, 4)
        expect(v4).toContain(block4)
        expect(await routes(node, 6)).toContain(block6)
      }, patience)
    }
    // A prefix inside of the pools that both routers announce has both as next hops.
    await eventually(async () => {
      const text = (await n1.output('ip', ['route', 'show', '10.244.99.0/26'])).replaceAll(/\s+/g, ' ')
      expect(text).toContain('proto 80')
      expect(text).toContain('nexthop via 10.0.1.1 dev eth1')
      expect(text).toContain('nexthop via 10.0.2.1 dev eth2')
    }, patience)

    // Outside of the pools: refused, counted and named, and not in the kernel.
    expect(await routes(node1, 4)).not.toMatch(/192\.0\.2\.0|198\.51\.100\.0/)
    await eventually(async () => {
      const { peers } = await node1.bgp.status()
      expect(peers.slice(0, 2).map(({ firstRefused }) => firstRefused)).toEqual([
        ['192.0.2.0/24'],
        ['2001:db8:99::/48'],
      ])
      // FRR also sends the node's own block back.
      const prefixes = { received: 4, accepted: 2, refused: 1, looped: 1, advertised: 1 }
      expect(peers[0]).toMatchObject({ type: 'global', source: 'BGPPeer/tor1', prefixes })
      // Metrics say the same without having read what was refused.
      const sum = (family: number, of: (peer: PeerStatus) => number) =>
        peers.filter((peer) => peer.family === family).reduce((all, peer) => all + of(peer), 0)
      const { sessions, routes } = await node1.bgp.counters()
      expect(sessions.map(({ family, info }) => `${family} ${info}`)).toEqual(
        peers.map(({ family, info }) => `${family} ${info}`),
      )
      for (const family of [4, 6] as const) {
        expect(routes[family].imported).toBe(sum(family, (peer) => peer.prefixes.accepted))
        expect(routes[family].imported).toBeGreaterThan(0)
      }
    }, patience)

    // The routers have the blocks from the node that has them, and nothing of each other: a cluster is no transit.
    const frrRoutes = await eventually(async () => {
      const { routes: found } = JSON.parse(await frr.show('show bgp ipv4 unicast json'))
      expect(found['10.244.2.0/26']).toBeDefined()
      return found
    }, patience)
    expect(Object.keys(frrRoutes).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      '10.244.1.0/26',
      '10.244.2.0/26',
      '10.244.99.0/26',
      '192.0.2.0/24',
    ])
    expect(frrRoutes['10.244.99.0/26'].map(({ path }: { path: string }) => path)).toEqual([''])
    expect(frrRoutes['10.244.1.0/26'].map(({ path }: { path: string }) => path)).toEqual(['65001'])
    const birdRoutes = await eventually(async () => {
      const text = await bird.show('show route')
      expect(text).toMatch(/10\.244\.1\.0\/26 +unicast .*\[n1 .*\n\tvia 10\.0\.2\.11 on rack/)
      expect(text).toContain('fd00:1::200/122')
      return text
    }, patience)
    expect(birdRoutes).not.toContain('192.0.2.0/24')
    expect((await bird.show('show route for 10.244.99.1')).match(/via|blackhole/g)).toEqual(['blackhole'])

    // gobgpd dies and comes back: the routers keep forwarding to the node all the time.
    const watched = [tor1, tor2].map((router) => router.start('ip', ['-o', 'monitor', 'route']))
    const monitors = await Promise.all(watched)
    await node1.gobgpd.kill()
    await eventually(async () => {
      const { peers } = JSON.parse(await frr.show('show bgp ipv4 summary json')).ipv4Unicast
      expect(peers['10.0.1.11'].state).not.toBe('Established')
    }, patience)
    await node1.gobgpd.start()
    await eventually(async () => {
      expect((await node1.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up', 'up', 'up'])
    }, patience)
    await eventually(async () => expect((await node1.bgp.status()).routes.retaining).toBe(false), patience)
    for (const monitor of monitors) expect(monitor.log()).not.toContain('Deleted 10.244.1.0/26')
    expect(await tor1.output('ip', ['route', 'show', '10.244.1.0/26'])).toContain('via 10.0.1.11')

    // A router that dies takes its next hops along; the other one remains.
    await bird.show('disable all')
    await eventually(async () => {
      const text = await n1.output('ip', ['route', 'show', '10.244.99.0/26'])
      expect(text).toContain('via 10.0.1.1 dev eth1')
      expect(text).not.toContain('10.0.2.1')
    }, patience)
  }, 180_000)

  test('a router without graceful restart has the routes again after gobgpd died, while another peer stays away', async () => {
    await using stack = new AsyncDisposableStack()
    const n1 = stack.use(await createNamespace('bgp-n1'))
    const tor1 = stack.use(await createNamespace('bgp-tor1'))
    await connect(
      { namespace: n1, interface: 'eth1', addresses: ['10.0.1.11/24'] },
      { namespace: tor1, interface: 'rack', addresses: ['10.0.1.1/24'] },
    )
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addNode('n1', { v4: '10.0.1.11/24', as: 65001 })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addBlock('n1', '10.244.1.0/26')
    cluster.addPeer('tor1', { peerIP: '10.0.1.1', asNumber: 65101 })
    cluster.addPeer('away', { peerIP: '10.0.1.99', asNumber: 65102 })
    const frr = stack.use(await startFrr(tor1, plainFrrConfig))
    const node = stack.use(await startNode(cluster, 'n1', n1))
    const block = async () => JSON.parse(await frr.show('show bgp ipv4 unicast json')).routes['10.244.1.0/26']
    await eventually(async () => expect(await block()).toBeDefined(), patience)
    await node.gobgpd.kill()
    await eventually(async () => expect(await block()).toBeUndefined(), patience)
    await node.gobgpd.start()
    await eventually(async () => expect(await block()).toBeDefined(), patience)
  }, 180_000)

  test('learned routes stay when gobgpd dies beside a router that started a moment ago', async () => {
    await using stack = new AsyncDisposableStack()
    const n1 = stack.use(await createNamespace('bgp-n1'))
    const tor1 = stack.use(await createNamespace('bgp-tor1'))
    await connect(
      { namespace: n1, interface: 'eth1', addresses: ['10.0.1.11/24', '2001:db8:1::11/64'] },
      { namespace: tor1, interface: 'rack', addresses: ['10.0.1.1/24', '2001:db8:1::1/64'] },
    )
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addNode('n1', { v4: '10.0.1.11/24', v6: '2001:db8:1::11/64', as: 65001 })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addBlock('n1', '10.244.1.0/26')
    cluster.addPeer('tor1', { peerIP: '10.0.1.1', asNumber: 65101 })
    cluster.addPeer('tor1-v6', { peerIP: '2001:db8:1::1', asNumber: 65101 })
    stack.use(await startFrr(tor1, frrConfig))
    const node = stack.use(await startNode(cluster, 'n1', n1))
    const settled = async () => {
      expect((await node.bgp.status()).routes).toMatchObject({ learned: 1, retaining: false })
      expect(await routes(node, 4)).toContain('10.244.99.0/26 via 10.0.1.1')
    }
    await eventually(settled, patience)
    await node.routeChanges()
    await node.gobgpd.kill()
    await node.gobgpd.start()
    const back = async () => expect(await node.bgp.status()).toMatchObject({ routes: { retaining: true, learned: 1 } })
    await eventually(back, patience)
    // Once more before the first restart is over.
    await node.gobgpd.kill()
    await node.gobgpd.start()
    await eventually(settled, patience)
    expect(await node.routeChanges()).toEqual([])
  }, 240_000)

  test('a router keeps our routes when gobgpd dies again right after its session came up, while another peer stays away', async () => {
    await using stack = new AsyncDisposableStack()
    const n1 = stack.use(await createNamespace('bgp-n1'))
    const tor2 = stack.use(await createNamespace('bgp-tor2'))
    await connect(
      { namespace: n1, interface: 'eth2', addresses: ['10.0.2.11/24'] },
      { namespace: tor2, interface: 'rack', addresses: ['10.0.2.1/24'] },
    )
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addNode('n1', { v4: '10.0.2.11/24', as: 65001 })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addBlock('n1', '10.244.1.0/26')
    cluster.addPeer('tor2', { peerIP: '10.0.2.1', asNumber: 65102 })
    // gobgpd would wait for what this one has to tell.
    cluster.addPeer('away', { peerIP: '10.0.2.99', asNumber: 65103 })
    const bird = stack.use(await startBird(tor2, birdConfig))
    const node = stack.use(await startNode(cluster, 'n1', n1))
    const block = async () => tor2.output('ip', ['route', 'show', '10.244.1.0/26'])
    await eventually(async () => expect(await block()).toContain('via 10.0.2.11'), patience)
    const monitor = await tor2.start('ip', ['-o', 'monitor', 'route'])
    const session = () => bird.show('show protocols all n1')
    for (const _ of [1, 2]) {
      await node.gobgpd.kill()
      await node.gobgpd.start()
      await eventually(async () => expect(await session()).toContain('Established'), patience)
      // BIRD has our end-of-RIB marker when this is over. gobgpd alone would send it after 10 s.
      const told = async () => expect(await session()).not.toContain('graceful restart active')
      await eventually(told, { timeout: 9000, interval: 50 })
    }
    await node.gobgpd.kill()
    await node.gobgpd.start()
    await eventually(async () => expect((await node.bgp.status()).routes.learned).toBe(1), patience)
    expect(await block()).toContain('via 10.0.2.11')
    expect(monitor.log()).not.toContain('Deleted 10.244.1.0/26')
  }, 240_000)

  test('a router keeps our routes when the agent that brings gobgpd back dies before it has added its session', async () => {
    await using stack = new AsyncDisposableStack()
    const n1 = stack.use(await createNamespace('bgp-n1'))
    const tor2 = stack.use(await createNamespace('bgp-tor2'))
    await connect(
      { namespace: n1, interface: 'eth2', addresses: ['10.0.2.11/24'] },
      { namespace: tor2, interface: 'rack', addresses: ['10.0.2.1/24'] },
    )
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addNode('n1', { v4: '10.0.2.11/24', as: 65001 })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addBlock('n1', '10.244.1.0/26')
    cluster.addPeer('tor2', { peerIP: '10.0.2.1', asNumber: 65102 })
    const bird = stack.use(await startBird(tor2, birdConfig))
    const node = stack.use(await startNode(cluster, 'n1', n1))
    const block = async () => tor2.output('ip', ['route', 'show', '10.244.1.0/26'])
    await eventually(async () => expect(await block()).toContain('via 10.0.2.11'), patience)
    await eventually(() => expect(node.bgp.ready).toBe(true), patience)
    const monitor = await tor2.start('ip', ['-o', 'monitor', 'route'])
    await node.stopAgent()
    await node.gobgpd.kill()
    await node.gobgpd.start()
    const client = new GobgpClient(node.gobgpd.socketPath)
    const listenAddresses = ['0.0.0.0', '::']
    await client.startBgp({
      asn: 65001,
      routerId: '10.0.2.11',
      listenPort: 179,
      listenAddresses,
      useMultiplePaths: true,
    })
    client.close()
    node.startAgent()
    await eventually(async () => expect((await node.bgp.status()).routes.learned).toBe(1), patience)
    const told = async () => expect(await bird.show('show protocols all n1')).not.toContain('graceful restart active')
    await eventually(told, patience)
    expect(await block()).toContain('via 10.0.2.11')
    expect(monitor.log()).not.toContain('Deleted 10.244.1.0/26')
  }, 240_000)
})
