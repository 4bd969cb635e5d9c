import { describe, expect, test } from '@jest/globals'
import { connect, createNamespace, eventually, skipReason } from '@manx/testbed'
import { GobgpClient } from '../src/speaker/gobgp-client.ts'
import { gobgpdPath } from './support/gobgpd.ts'
import { startNode, TestCluster, type TestNode } from './support/node.ts'

const reason = skipReason({ root: true, commands: ['ip', 'nsenter', gobgpdPath] })
const suite = reason === undefined ? describe : describe.skip

const patience = { timeout: 60_000, interval: 200 }

interface Pair extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly a: TestNode
  readonly b: TestNode
}

/** Two nodes on one link, each with a block of both families. */
async function startPair(prepare: (cluster: TestCluster) => void = () => undefined): Promise<Pair> {
  const stack = new AsyncDisposableStack()
  const left = stack.use(await createNamespace('bgp-a'))
  const right = stack.use(await createNamespace('bgp-b'))
  await connect(
    { namespace: left, interface: 'eth0', addresses: ['10.0.0.1/24', '2001:db8::1/64'] },
    { namespace: right, interface: 'eth0', addresses: ['10.0.0.2/24', '2001:db8::2/64'] },
  )
  const cluster = new TestCluster()
  cluster.addNode('a', { v4: '10.0.0.1/24', v6: '2001:db8::1/64' })
  cluster.addNode('b', { v4: '10.0.0.2/24', v6: '2001:db8::2/64' })
  cluster.addPool('v4', '10.244.0.0/16')
  cluster.addPool('v6', 'fd00:1::/48')
  cluster.addBlock('a', '10.244.1.0/26')
  cluster.addBlock('a', 'fd00:1::100/122')
  cluster.addBlock('b', '10.244.2.0/26')
  cluster.addBlock('b', 'fd00:1::200/122')
  prepare(cluster)
  const a = stack.use(await startNode(cluster, 'a', left))
  const b = stack.use(await startNode(cluster, 'b', right))
  return { cluster, a, b, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function routes(node: TestNode, family: 4 | 6): Promise<string[]> {
  const text = await node.namespace.output('ip', [`-${family}`, 'route', 'show', 'proto', '80'])
  return text
    .split('\n')
    .map((line) => line.replace(/ (metric|pref) \S+/g, '').trim())
    .filter((line) => line !== '')
    .sort((x, y) => (x < y ? -1 : 1))
}

async function expectRouted({ a, b }: Pair): Promise<void> {
  await eventually(async () => {
    expect(await routes(a, 4)).toEqual(['10.244.2.0/26 via 10.0.0.2 dev eth0', 'blackhole 10.244.1.0/26'])
    expect(await routes(b, 4)).toEqual(['10.244.1.0/26 via 10.0.0.1 dev eth0', 'blackhole 10.244.2.0/26'])
    expect(await routes(a, 6)).toEqual(['blackhole fd00:1::100/122 dev lo', 'fd00:1::200/122 via 2001:db8::2 dev eth0'])
    expect(await routes(b, 6)).toEqual(['blackhole fd00:1::200/122 dev lo', 'fd00:1::100/122 via 2001:db8::1 dev eth0'])
  }, patience)
}

async function expectSettled({ a, b }: Pair): Promise<void> {
  await eventually(async () => {
    for (const { bgp } of [a, b]) expect((await bgp.status()).routes.retaining).toBe(false)
  }, patience)
}

suite(`two nodes in a mesh${reason === undefined ? '' : ` (${reason})`}`, () => {
  test('exchange their blocks in both families, and follow what comes and goes', async () => {
    await using pair = await startPair()
    const { cluster, a, b } = pair
    // Before sessions are up: what is remembered of it must not count for them.
    await a.bgp.counters()
    await expectRouted(pair)
    await expectSettled(pair)
    const status = await a.bgp.status()
    expect(status).toMatchObject({ asn: 64512, routerId: '10.0.0.1', plan: 'current', findings: [] })
    expect(status.speaker).toEqual({ connected: true, version: expect.stringMatching(/^4\./) })
    expect(status.peers.map(({ address, state, type, info }) => ({ address, state, type, info }))).toEqual([
      { address: '10.0.0.2', state: 'up', type: 'node-to-node mesh', info: 'Established' },
      { address: '2001:db8::2', state: 'up', type: 'node-to-node mesh', info: 'Established' },
    ])
    expect(status.peers[0]?.prefixes).toMatchObject({ received: 1, accepted: 1, advertised: 1 })
    expect(a.bgp.ready).toBe(true)
    const { sessions, routes: counted, installed } = await a.bgp.counters()
    expect(sessions).toEqual([
      { family: 4, info: 'Established' },
      { family: 6, info: 'Established' },
    ])
    expect(counted).toEqual({ 4: { imported: 1, exported: 1 }, 6: { imported: 1, exported: 1 } })
    expect(installed).toBe(status.routes.installed)

    cluster.addBlock('a', '10.244.3.0/26')
    b.bgp.setLocalAddress('10.244.1.9', true)
    await eventually(async () => {
      expect(await routes(b, 4)).toContain('10.244.3.0/26 via 10.0.0.1 dev eth0')
      expect(await routes(a, 4)).toContain('10.244.1.9 via 10.0.0.2 dev eth0')
    }, patience)
    cluster.removeBlock('a', '10.244.3.0/26')
    b.bgp.setLocalAddress('10.244.1.9', false)
    await expectRouted(pair)
  }, 120_000)

  test('an agent that restarts touches neither routes nor sessions, and repairs what changed meanwhile', async () => {
    await using pair = await startPair()
    const { cluster, a, b } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    const since = (await b.bgp.status()).peers.map((peer) => [peer.address, peer.since])
    await a.routeChanges()
    await b.routeChanges()
    await a.stopAgent()
    a.startAgent()
    await eventually(() => expect(a.bgp.ready).toBe(true), patience)
    await expectSettled(pair)
    await expectRouted(pair)
    expect(await a.routeChanges()).toEqual([])
    expect(await b.routeChanges()).toEqual([])
    expect((await b.bgp.status()).peers.map((peer) => [peer.address, peer.since])).toEqual(since)

    await a.stopAgent()
    cluster.removeBlock('a', '10.244.1.0/26')
    cluster.addBlock('a', '10.244.4.0/26')
    cluster.removeBlock('b', '10.244.2.0/26')
    await a.namespace.output('ip', [
      'route',
      'add',
      '10.244.77.0/26',
      'via',
      '10.0.0.2',
      'proto',
      '80',
      'metric',
      '1024',
    ])
    a.startAgent()
    await eventually(async () => {
      expect(await routes(a, 4)).toEqual(['blackhole 10.244.4.0/26'])
      expect(await routes(b, 4)).toEqual(['10.244.4.0/26 via 10.0.0.1 dev eth0'])
    }, patience)
    expect((await b.bgp.status()).peers.map((peer) => [peer.address, peer.since])).toEqual(since)
    expect((await b.routeChanges()).join()).toContain('10.244.4.0/26')
  }, 120_000)

  test('a gobgpd that is killed costs no route on either side', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    await a.routeChanges()
    await b.routeChanges()
    await a.gobgpd.kill()
    await eventually(async () => {
      expect((await b.bgp.status()).peers.map(({ state }) => state)).toEqual(['down', 'down'])
      expect((await a.bgp.status()).speaker.connected).toBe(false)
      expect(a.bgp.ready).toBe(false)
    }, patience)
    await a.gobgpd.start()
    await eventually(async () => {
      expect((await b.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up'])
    }, patience)
    await expectSettled(pair)
    await expectRouted(pair)
    expect(await a.routeChanges()).toEqual([])
    expect(await b.routeChanges()).toEqual([])
  }, 180_000)

  test('a block that goes while a gobgpd comes back is withdrawn', async () => {
    await using pair = await startPair((cluster) => {
      // gobgpd would wait for what this one has to tell.
      cluster.addPeer('away', { peerIP: '10.0.0.99', asNumber: 65103, node: 'a' })
    })
    const { cluster, a, b } = pair
    await expectRouted(pair)
    await eventually(() => expect(a.bgp.ready).toBe(true), patience)
    await a.gobgpd.kill()
    await eventually(async () => {
      expect((await b.bgp.status()).peers.map(({ state }) => state)).toEqual(['down', 'down'])
    }, patience)
    await a.gobgpd.start()
    const client = new GobgpClient(b.gobgpd.socketPath)
    await eventually(async () => {
      const [peer] = await client.listPeers({ address: '10.0.0.1' })
      expect(peer?.afiSafis[0]?.mpGracefulRestart?.state?.endOfRibReceived).toBe(true)
    }, patience)
    client.close()
    cluster.removeBlock('a', '10.244.1.0/26')
    await eventually(async () => expect(await routes(b, 4)).toEqual(['blackhole 10.244.2.0/26']), patience)
  }, 180_000)

  test('a planned stop costs no route either', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    await a.routeChanges()
    await b.routeChanges()
    const { bgp } = a
    await a.stopAgent()
    await bgp.stop()
    await a.gobgpd.kill()
    await a.gobgpd.start()
    a.startAgent()
    await eventually(async () => {
      expect((await b.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up'])
      expect((await a.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up'])
    }, patience)
    await expectSettled(pair)
    await expectRouted(pair)
    expect(await a.routeChanges()).toEqual([])
    expect(await b.routeChanges()).toEqual([])
  }, 180_000)

  test('a gobgpd that was stopped is told of, and a new one takes its place', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    await b.routeChanges()
    const client = new GobgpClient(a.gobgpd.socketPath)
    await client.stopBgp(true)
    client.close()
    await eventually(async () => {
      const { speaker, peers } = await a.bgp.status()
      expect(speaker).toMatchObject({ connected: false, error: expect.stringContaining('must be started anew') })
      expect(peers.map(({ state }) => state)).toEqual(['down', 'down'])
      expect(a.bgp.ready).toBe(false)
    }, patience)
    await a.gobgpd.kill()
    await a.gobgpd.start()
    await eventually(async () => {
      expect((await a.bgp.status()).speaker).toEqual({ connected: true, version: expect.stringMatching(/^4\./) })
      expect((await b.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up'])
    }, patience)
    await eventually(() => expect(a.bgp.ready).toBe(true), patience)
    await expectSettled(pair)
    await expectRouted(pair)
    expect(await b.routeChanges()).toEqual([])
  }, 180_000)

  test('without the API server a node goes on with its last known good plan, and sweeps nothing', async () => {
    await using pair = await startPair()
    const { a, b } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    await a.stopAgent()
    await a.gobgpd.kill()
    await a.gobgpd.start()
    await b.routeChanges()
    await a.namespace.output('ip', [
      'route',
      'add',
      '10.244.77.0/26',
      'via',
      '10.0.0.2',
      'proto',
      '80',
      'metric',
      '1024',
    ])
    a.startAgent({ stores: new TestCluster(), synced: new Promise(() => undefined) })
    await eventually(async () => {
      expect((await a.bgp.status()).peers.map(({ state }) => state)).toEqual(['up', 'up'])
    }, patience)
    expect((await a.bgp.status()).plan).toBe('last known good')
    expect(await routes(a, 4)).toContain('10.244.77.0/26 via 10.0.0.2 dev eth0')
    expect(await b.routeChanges()).toEqual([])
  }, 180_000)

  test('routes that somebody deletes or changes are put back', async () => {
    await using pair = await startPair()
    const { a } = pair
    await expectRouted(pair)
    await expectSettled(pair)
    await a.namespace.output('ip', ['route', 'flush', 'proto', '80'])
    await a.namespace.output('ip', ['-6', 'route', 'flush', 'proto', '80'])
    await expectRouted(pair)
    await a.namespace.output('ip', ['link', 'set', 'eth0', 'down'])
    await eventually(async () => expect(await routes(a, 4)).toEqual(['blackhole 10.244.1.0/26']), patience)
    await a.namespace.output('ip', ['link', 'set', 'eth0', 'up'])
    await a.namespace.output('ip', ['-6', 'address', 'replace', '2001:db8::1/64', 'dev', 'eth0', 'nodad'])
    await expectRouted(pair)
  }, 180_000)

  test('a next hop beyond a router is reached as the kernel would reach it, and follows when that changes', async () => {
    await using stack = new AsyncDisposableStack()
    const left = stack.use(await createNamespace('bgp-a'))
    const right = stack.use(await createNamespace('bgp-b'))
    const router = stack.use(await createNamespace('bgp-r'))
    await router.output('sysctl', ['-q', '-w', 'net.ipv4.ip_forward=1'])
    for (const [namespace, number] of [
      [left, 1],
      [right, 2],
    ] as const) {
      await connect(
        { namespace, interface: 'eth0', addresses: [`10.0.${number}.1/24`] },
        { namespace: router, interface: `to${number}`, addresses: [`10.0.${number}.254/24`, `10.0.${number}.253/24`] },
      )
      await namespace.output('ip', ['route', 'add', 'default', 'via', `10.0.${number}.254`])
    }
    const cluster = new TestCluster()
    cluster.addNode('a', { v4: '10.0.1.1/24' })
    cluster.addNode('b', { v4: '10.0.2.1/24' })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addBlock('b', '10.244.2.0/26')
    const a = stack.use(await startNode(cluster, 'a', left))
    stack.use(await startNode(cluster, 'b', right))
    await eventually(async () => {
      expect(await routes(a, 4)).toEqual(['10.244.2.0/26 via 10.0.1.254 dev eth0'])
    }, patience)
    await left.output('ip', ['route', 'add', '10.0.2.0/24', 'via', '10.0.1.253'])
    await eventually(async () => {
      expect(await routes(a, 4)).toEqual(['10.244.2.0/26 via 10.0.1.253 dev eth0'])
    }, patience)
    await left.output('ip', ['route', 'replace', 'unreachable', '10.0.2.0/24'])
    await eventually(async () => {
      expect(await routes(a, 4)).toEqual([])
      expect((await a.bgp.status()).findings).toEqual([
        { object: '10.244.2.0/26', reason: 'NoRoute', message: 'no route to its next hop 10.0.2.1' },
      ])
    }, patience)
  }, 120_000)

  test('a route reflector passes the blocks of its clients on, with their own next hops', async () => {
    await using stack = new AsyncDisposableStack()
    const lan = stack.use(await createNamespace('bgp-lan'))
    await lan.output('ip', ['link', 'add', 'lan', 'type', 'bridge'])
    await lan.output('ip', ['link', 'set', 'lan', 'up'])
    const cluster = new TestCluster()
    cluster.configure({ nodeToNodeMeshEnabled: false })
    cluster.addPool('v4', '10.244.0.0/16')
    cluster.addPeer('clients', { nodeSelector: '!has(rr)', peerSelector: 'has(rr)' })
    const nodes: TestNode[] = []
    for (const number of [1, 2, 3]) {
      const name = `n${number}`
      cluster.addNode(name, { v4: `10.0.0.${number}/24`, ...(number === 1 ? { reflector: '1.0.0.1' } : {}) })
      cluster.addBlock(name, `10.244.${number}.0/26`)
    }
    for (const number of [1, 2, 3]) {
      const namespace = stack.use(await createNamespace(`bgp-n${number}`))
      const end = { namespace, interface: 'eth0', addresses: [`10.0.0.${number}/24`] }
      await connect(end, { namespace: lan, interface: `port${number}` })
      await lan.output('ip', ['link', 'set', `port${number}`, 'master', 'lan'])
      nodes.push(stack.use(await startNode(cluster, `n${number}`, namespace)))
    }
    await eventually(async () => {
      expect(await Promise.all(nodes.map((node) => routes(node, 4)))).toEqual([
        ['10.244.2.0/26 via 10.0.0.2 dev eth0', '10.244.3.0/26 via 10.0.0.3 dev eth0', 'blackhole 10.244.1.0/26'],
        ['10.244.1.0/26 via 10.0.0.1 dev eth0', '10.244.3.0/26 via 10.0.0.3 dev eth0', 'blackhole 10.244.2.0/26'],
        ['10.244.1.0/26 via 10.0.0.1 dev eth0', '10.244.2.0/26 via 10.0.0.2 dev eth0', 'blackhole 10.244.3.0/26'],
      ])
    }, patience)
    expect((await nodes[1]?.bgp.status())?.peers.map(({ address, type }) => [address, type])).toEqual([
      ['10.0.0.1', 'node specific'],
    ])
  }, 120_000)
})
