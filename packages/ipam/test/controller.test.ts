import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { BlockAffinity, IPAMBlock, IPAMHandle, IPReservation, nodes, pods, resourceOf, silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import { createIpamInformers } from '../src/controller/informers.ts'
import { createIpamController, type IpamController } from '../src/controller/ipam-controller.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { holders, inconsistencies } from './support/consistency.ts'

const reason = apiServerSkipReason()
const onlyV4 = { v4: true, v6: false }

;(reason === undefined ? describe : describe.skip)(
  `the IPAM controller${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster
    let stop: () => Promise<void>
    beforeAll(async () => {
      cluster = await startCluster()
    }, 90_000)
    afterAll(async () => cluster[Symbol.asyncDispose]())
    beforeEach(() => cluster.clear())
    afterEach(() => stop())

    async function start(now?: () => number): Promise<IpamController> {
      const { client } = cluster
      const abort = new AbortController()
      const informers = createIpamInformers(client, silentLogger)
      const controller = createIpamController({
        client,
        informers,
        logger: silentLogger,
        ...(now === undefined ? {} : { now }),
      })
      const running = [...Object.values(informers), controller].map((one) => one.run(abort.signal))
      stop = async () => {
        abort.abort()
        await Promise.all(running)
      }
      return controller
    }
    const addMalformedBlock = async (cidr: string) => {
      const metadata = { name: cidr.replace(/[./]/g, '-') }
      const spec = { cidr, strictAffinity: false, allocations: [], unallocated: [999], attributes: [], deleted: false }
      await cluster.client.create(resourceOf(IPAMBlock), { metadata, spec })
    }
    /** Names of affinities that were written within a second after something was done. */
    const claimsTried = async (cause: () => Promise<void>): Promise<readonly string[]> => {
      const { resourceVersion } = await cluster.client.list(resourceOf(BlockAffinity))
      const abort = new AbortController()
      const selection = { resourceVersion, signal: abort.signal }
      const names: string[] = []
      const watching = (async () => {
        for await (const event of cluster.client.watch(resourceOf(BlockAffinity), selection)) {
          if (event.type !== 'BOOKMARK') names.push(event.object.metadata.name)
        }
      })().catch(() => undefined)
      await cause()
      await sleep(1000)
      abort.abort()
      await watching
      return names
    }
    const owners = async () => (await cluster.all(IPAMBlock)).map(({ spec }) => spec.affinity).toSorted()

    test('gives every node one block of each family before anybody asks', async () => {
      await cluster.addNode('n1')
      await start()
      await cluster.addPool('v4', { cidr: '10.0.0.0/20' })
      await cluster.addPool('v6', { cidr: 'fd00::/64' })
      await cluster.addNode('n2')
      await eventually(async () => {
        expect(await owners()).toEqual(['host:n1', 'host:n1', 'host:n2', 'host:n2'])
        const affinities = await cluster.all(BlockAffinity)
        expect(affinities.map(({ spec }) => spec.state)).toEqual(Array.from({ length: 4 }, () => 'confirmed'))
      })
      // The node then has nothing to claim.
      const before = (await cluster.all(IPAMBlock)).length
      await (await cluster.ipam('n1')).assign({ handle: 'a', attributes: {}, families: { v4: true, v6: true } })
      expect((await cluster.all(IPAMBlock)).length).toBe(before)
    })

    test('gives a node that runs low one more, and only one', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 28 })
      await cluster.addNode('n1')
      const controller = await start()
      await eventually(async () => expect(await owners()).toEqual(['host:n1']))
      const ipam = await cluster.ipam('n1')
      for (let pod = 0; pod < 13; pod++)
        await ipam.assign({ handle: `h${pod}`, attributes: { node: 'n1' }, families: onlyV4 })
      await eventually(async () => expect(await owners()).toEqual(['host:n1', 'host:n1']))
      await eventually(() => expect(controller.backlog).toBe(0))
      expect(await owners()).toEqual(['host:n1', 'host:n1'])
      expect(controller.statistics()).toMatchObject([{ pool: 'v4', size: 256n }])
      await eventually(() =>
        expect(controller.statistics()[0]?.nodes.get('n1')).toEqual({ blocks: 2, inUse: 13, borrowed: 0 }),
      )
    })

    test('gives back all that a deleted node had, and nothing that others have', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/29', blockSize: 30 })
      for (const name of ['n1', 'n2', 'n3']) await cluster.addNode(name)
      const [one, two, three] = [await cluster.ipam('n1'), await cluster.ipam('n2'), await cluster.ipam('n3')]
      const request = (handle: string, node: string) => ({ handle, attributes: { node }, families: onlyV4 })
      await one.assign(request('a', 'n1'))
      await two.assign(request('b', 'n2'))
      // There are two blocks, so the third node borrows from both.
      for (let pod = 0; pod < 4; pod++) await three.assign(request(`c${pod}`, 'n3'))
      await start()
      await cluster.client.delete(nodes, 'n1')
      await eventually(async () => {
        const held = [...holders(await cluster.all(IPAMBlock)).values()].toSorted((a, b) => a.localeCompare(b))
        expect(held).toEqual(['b', 'c0', 'c1', 'c2', 'c3'])
        expect((await cluster.all(BlockAffinity)).map(({ spec }) => spec.node)).toEqual(['n2'])
      })
      await cluster.client.delete(nodes, 'n3')
      await eventually(async () => {
        expect([...holders(await cluster.all(IPAMBlock)).values()]).toEqual(['b'])
        expect((await cluster.all(IPAMHandle)).map(({ spec }) => spec.handleID)).toEqual(['b'])
      })
      expect(inconsistencies(await cluster.all(IPAMBlock), await cluster.all(IPAMHandle), { exact: true })).toEqual([])
    })

    test('finds at its start what nodes left that went while nobody watched', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addNode('n1')
      await (await cluster.ipam('n1')).assign({ handle: 'a', attributes: { node: 'n1' }, families: onlyV4 })
      await cluster.client.delete(nodes, 'n1')
      await start()
      await eventually(async () => {
        expect(await cluster.all(IPAMBlock)).toEqual([])
        expect(await cluster.all(BlockAffinity)).toEqual([])
        expect(await cluster.all(IPAMHandle)).toEqual([])
      })
    })

    test('keeps the addresses of a deleted node as long as their pods exist', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addNode('n1')
      const addPod = async (name: string) => {
        await cluster.client.create(pods, {
          metadata: { name, namespace: 'default' },
          spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'none' }] },
        })
      }
      const ipam = await cluster.ipam('n1')
      const assign = async (handle: string, pod: string) => {
        const attributes = { node: 'n1', namespace: 'default', pod }
        return (await ipam.assign({ handle, attributes, families: onlyV4 }))[0]?.address ?? ''
      }
      await addPod('new')
      await addPod('runs')
      await assign('gone', 'gone')
      await assign('of-new', 'new')
      const ip = await assign('of-runs', 'runs')
      // A former sandbox of the same pod.
      await assign('former', 'runs')
      await cluster.client.patchStatus(pods, 'default/runs', { status: { podIPs: [{ ip }], podIP: ip } })
      await cluster.client.delete(nodes, 'n1')
      await start()
      await eventually(async () => {
        const held = [...holders(await cluster.all(IPAMBlock)).values()].toSorted((a, b) => a.localeCompare(b))
        expect(held).toEqual(['of-new', 'of-runs'])
        expect((await cluster.all(IPAMHandle)).length).toBe(2)
      })
      expect(await owners()).toEqual(['host:n1'])
      expect((await cluster.all(BlockAffinity)).map(({ spec }) => spec.state)).toEqual(['confirmed'])
      for (const name of ['new', 'runs']) {
        await cluster.client.delete(pods, `default/${name}`, { gracePeriodSeconds: 0 })
      }
      await stop()
      // The look that is planned in a minute.
      await start()
      await eventually(async () => {
        expect(await cluster.all(IPAMBlock)).toEqual([])
        expect(await cluster.all(BlockAffinity)).toEqual([])
      })
    })

    test('takes an idle block for a node that finds none, from one that keeps another', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/29', blockSize: 31 })
      await cluster.addNode('n1')
      const one = await cluster.ipam('n1', () => Date.now() - 120_000)
      const handles = Array.from({ length: 8 }, (_, pod) => `h${pod}`)
      for (const handle of handles) await one.assign({ handle, attributes: { node: 'n1' }, families: onlyV4 })
      for (const handle of handles) await one.releaseByHandle(handle)
      for (const name of ['n2', 'n3', 'n4', 'n5']) await cluster.addNode(name)
      await start()
      await eventually(async () => {
        // The last one of n1 stays, so one of the others has none.
        const all = (await owners()).map((owner) => owner ?? '')
        expect(all.length).toBe(4)
        expect(new Set(all).size).toBe(4)
        expect(all).toContain('host:n1')
      })
      // The node without a block may be at a claim that it is about to lose.
      await eventually(async () => {
        const claimed = (await cluster.all(BlockAffinity)).map(({ spec }) => `host:${spec.node}`)
        expect(claimed.toSorted()).toEqual(await owners())
      })
    })

    test('gives out no block that is reserved as a whole', async () => {
      await cluster.client.create(resourceOf(IPReservation), {
        metadata: { name: 'routers' },
        spec: { reservedCIDRs: ['10.0.0.0/25', '10.0.0.128'] },
      })
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 25 })
      await cluster.addNode('n1')
      await start()
      await eventually(async () => {
        expect((await cluster.all(IPAMBlock)).map(({ spec }) => spec.cidr)).toEqual(['10.0.0.128/25'])
      })
      const ipam = await cluster.ipam('n1')
      const [assigned] = await ipam.assign({ handle: 'a', attributes: {}, families: onlyV4 })
      expect(assigned?.address).toBe('10.0.0.129')
    })

    test('takes an idle block also where the only others are reserved', async () => {
      await cluster.client.create(resourceOf(IPReservation), {
        metadata: { name: 'half' },
        spec: { reservedCIDRs: ['10.0.0.0/25'] },
      })
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 26 })
      await cluster.addNode('n1')
      const one = await cluster.ipam('n1', () => Date.now() - 120_000)
      const handles = Array.from({ length: 65 }, (_, pod) => `h${pod}`)
      await Promise.all(handles.map((handle) => one.assign({ handle, attributes: { node: 'n1' }, families: onlyV4 })))
      await Promise.all(handles.map((handle) => one.releaseByHandle(handle)))
      await cluster.addNode('n2')
      await start()
      await eventually(async () => expect(await owners()).toEqual(['host:n1', 'host:n2']))
    })

    test('gives blocks around a larger one that the informer passes over', async () => {
      await addMalformedBlock('10.0.0.0/24')
      await cluster.addPool('v4', { cidr: '10.0.0.0/23' })
      for (const name of ['n1', 'n2', 'n3', 'n4']) await cluster.addNode(name)
      const controller = await start()
      await eventually(async () => {
        const blocks = await cluster.all(IPAMBlock)
        expect(blocks.map(({ spec }) => spec.cidr).toSorted()).toEqual([
          '10.0.0.0/24',
          '10.0.1.0/26',
          '10.0.1.128/26',
          '10.0.1.192/26',
          '10.0.1.64/26',
        ])
      })
      // One more finds none, and gives up until it looks for idle ones again.
      await cluster.addNode('n5')
      await eventually(() => expect(controller.backlog).toBe(1))
      await eventually(async () => expect((await cluster.all(BlockAffinity)).length).toBe(4))
      expect(await claimsTried(() => cluster.addNode('n6'))).toEqual([])
    })

    test('tries no claim for a node when the only block left is malformed', async () => {
      await addMalformedBlock('10.0.0.0/26')
      await cluster.addPool('v4', { cidr: '10.0.0.0/26' })
      await start()
      expect(await claimsTried(() => cluster.addNode('n1'))).toEqual([])
    })

    test('labels the affinities of an older Calico', async () => {
      await cluster.addNode('n1')
      await cluster.client.create(resourceOf(BlockAffinity), {
        metadata: { name: 'n1-10-0-0-0-26' },
        spec: { cidr: '10.0.0.0/26', node: 'n1', type: 'host', state: 'confirmed', deleted: false },
      })
      await start()
      await eventually(async () => {
        const [affinity] = await cluster.all(BlockAffinity)
        expect(affinity?.metadata.labels?.['projectcalico.org/hostname-hash']).toMatch(/^[A-Z2-7]{52}$/)
      })
    })

    test('finishes a claim that was left, once nobody moved it for a minute', async () => {
      await cluster.addNode('n1')
      await cluster.client.create(resourceOf(BlockAffinity), {
        metadata: { name: 'n1-10-0-0-0-26' },
        spec: { cidr: '10.0.0.0/26', node: 'n1', type: 'host', state: 'pending', deleted: false },
      })
      let later = 0
      await start(() => Date.now() + later)
      await eventually(async () => {
        later += 35_000
        await cluster.client.patch(nodes, 'n1', { metadata: { labels: { looked: String(Date.now()) } } })
        expect(await cluster.all(BlockAffinity)).toMatchObject([{ spec: { state: 'confirmed' } }])
        expect(await owners()).toEqual(['host:n1'])
      })
    })

    test("removes a claim under another node's name, once nobody moved it for a minute", async () => {
      for (const name of ['n1', 'n2']) await cluster.addNode(name)
      const claim = {
        cidr: '10.0.0.0/30',
        node: 'n1',
        type: 'host' as const,
        state: 'pending' as const,
        deleted: false,
      }
      await cluster.client.create(resourceOf(BlockAffinity), { metadata: { name: 'n2-10-0-0-0-30' }, spec: claim })
      const ofGone = { ...claim, cidr: '10.0.0.4/30', node: 'gone' }
      await cluster.client.create(resourceOf(BlockAffinity), { metadata: { name: 'n2-10-0-0-4-30' }, spec: ofGone })
      let later = 0
      await start(() => Date.now() + later)
      await eventually(async () => {
        later += 35_000
        await cluster.client.patch(nodes, 'n1', { metadata: { labels: { looked: String(Date.now()) } } })
        expect(await cluster.all(BlockAffinity)).toEqual([])
      })
      expect(await owners()).toEqual([])
      await cluster.addPool('v4', { cidr: '10.0.0.0/29', blockSize: 30 })
      await eventually(async () => expect(await owners()).toEqual(['host:n1', 'host:n2']))
    })

    test('a hundred nodes at once each get their own', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/18' })
      await start()
      await Promise.all(Array.from({ length: 100 }, (_, index) => cluster.addNode(`n${index}`)))
      await eventually(
        async () => {
          const blocks = await cluster.all(IPAMBlock)
          expect(new Set(blocks.map(({ spec }) => spec.affinity)).size).toBe(100)
          expect(blocks.length).toBe(100)
        },
        { timeout: 25_000 },
      )
    })
  },
)
