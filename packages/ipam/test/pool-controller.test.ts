import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import {
  BlockAffinity,
  blockName,
  IPAMBlock,
  IPAMHandle,
  IPPool,
  resourceOf,
  silentLogger,
  type WorkGuard,
} from '@manx/api'
import { eventually } from '@manx/testbed'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import { encodeBlock } from '../src/block/codec.ts'
import { newBlock } from '../src/block/new-block.ts'
import { emptyPool } from '../src/controller/empty-pool.ts'
import { createIpamInformers } from '../src/controller/informers.ts'
import { createPoolController, type PoolController } from '../src/controller/pool-controller.ts'
import { poolFinalizer } from '../src/controller/pool-status.ts'
import type { Report } from '../src/controller/report.ts'
import { claimBlock } from '../src/datastore/affinities.ts'
import { Handles } from '../src/datastore/handles.ts'
import { ObjectStore } from '../src/datastore/object-store.ts'
import { decodePool } from '../src/pools/pool.ts'
import { acceptAnything } from './support/accept-anything.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { prefix } from './support/prefix.ts'

const reason = apiServerSkipReason()

;(reason === undefined ? describe : describe.skip)(
  `the status of pools${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster
    beforeAll(async () => {
      cluster = await startCluster()
    }, 90_000)
    afterAll(async () => cluster[Symbol.asyncDispose]())

    afterEach(async () => {
      await stop()
      // The finalizers of pools would keep them: nobody is there to take them off.
      for (const { metadata } of await cluster.all(IPPool)) {
        await cluster.client.patch(resourceOf(IPPool), metadata.name, { metadata: { finalizers: null } })
      }
      await cluster.clear()
    })

    const reports: Report[] = []
    let stop: () => Promise<void> = async () => undefined
    /** Milliseconds by which the controller's clock, which stands still, is ahead. */
    let later = 0
    /** Looks at pools that have ended. */
    let looks = 0
    function start(protects: () => boolean = () => true) {
      const { client } = cluster
      const abort = new AbortController()
      const informers = createIpamInformers(client, silentLogger)
      reports.length = 0
      const report = (one: Report) => reports.push(one)
      const began = Date.now()
      later = 0
      const now = () => began + later
      const guard: WorkGuard = async (_, work) => {
        await work()
        looks++
      }
      const controller = createPoolController({ client, informers, logger: silentLogger, report, protects, now, guard })
      const running = [...Object.values(informers), controller].map((one) => one.run(abort.signal))
      stop = async () => {
        abort.abort()
        await Promise.all(running)
        stop = async () => undefined
      }
      return controller
    }
    const conditions = async () =>
      Object.fromEntries(
        (await cluster.all(IPPool)).map(({ metadata, status }) => [
          metadata.name,
          status?.conditions?.map(({ type, status: holds, reason: why }) => `${type} ${holds} ${why}`).join(),
        ]),
      )
    const finalizers = async (name: string) =>
      (await cluster.client.get(resourceOf(IPPool), name)).metadata.finalizers ?? []
    const names = async () => (await cluster.all(IPPool)).map(({ metadata }) => metadata.name)

    /** As when the controller looks now and then while minutes pass. */
    const passesTime = <T>(controller: PoolController, assertion: () => Promise<T>) =>
      eventually(
        async () => {
          later += 11_000
          controller.refresh()
          return await assertion()
        },
        { timeout: 20_000 },
      )

    /** Until it has looked once more, from now on. */
    const looksAgain = (controller: PoolController) => {
      // One may be under way.
      const enough = looks + 2
      return eventually(() => {
        controller.refresh()
        expect(looks).toBeGreaterThanOrEqual(enough)
      })
    }

    test('says whether addresses come from each, as others come and go', async () => {
      const { client } = cluster
      const controller = start()
      await cluster.addPool('a', { cidr: '10.0.0.0/16' })
      await cluster.addPool('b', { cidr: '10.0.0.0/24' })
      await cluster.addPool('off', { cidr: '10.9.0.0/16', disabled: true })
      await eventually(async () =>
        expect(await conditions()).toEqual({
          a: 'Allocatable True OK',
          b: 'Allocatable False CIDROverlap,CIDROverlap True OlderPool',
          off: 'Allocatable False Disabled',
        }),
      )
      expect(new Set(reports.map(({ name, type, reason }) => `${name} ${type} ${reason}`))).toEqual(
        new Set(['b Warning CIDROverlap', 'off Normal Disabled']),
      )
      await client.delete(resourceOf(IPPool), 'a')
      await client.patch(resourceOf(IPPool), 'off', { spec: { disabled: false } })
      await passesTime(controller, async () =>
        expect(await conditions()).toEqual({ b: 'Allocatable True OK', off: 'Allocatable True OK' }),
      )
      await eventually(() => expect(reports.map(({ name, reason }) => `${name} ${reason}`)).toContain('b Allocatable'))
    })

    test('a pool that is deleted stays until nobody has an address of it, and gives out no more', async () => {
      const { client } = cluster
      await cluster.addNode('n1')
      const controller = start()
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 30 })
      await eventually(async () => expect(await finalizers('v4')).toEqual([poolFinalizer]))
      const ipam = await cluster.ipam('n1')
      const onlyV4 = { v4: true, v6: false }
      const request = (handle: string) => ({ handle, attributes: { node: 'n1' }, families: onlyV4 })
      for (const handle of ['a', 'b', 'c', 'd', 'e']) await ipam.assign(request(handle))
      expect((await cluster.all(IPAMBlock)).length).toBe(2)
      for (const handle of ['a', 'b', 'c', 'd']) await ipam.releaseByHandle(handle)

      await client.delete(resourceOf(IPPool), 'v4')
      await eventually(async () => {
        expect(await conditions()).toEqual({
          v4: 'Allocatable False Terminating,Terminating True AddressesInUse',
        })
      })
      const stored = await client.get(resourceOf(IPPool), 'v4')
      expect(stored.status?.conditions?.[0]?.message).toContain('1 address in 1 block in use')
      // Nodes find that out by themselves.
      const other = await cluster.ipam('n1')
      await expect(other.assign(request('f'))).rejects.toMatchObject({
        code: 'NoPool',
        pools: [{ pool: 'v4', reason: 'is being deleted' }],
      })
      await ipam.releaseByHandle('e')
      await passesTime(controller, async () => {
        expect(await names()).toEqual([])
        expect(await cluster.all(IPAMBlock)).toEqual([])
        expect(await cluster.all(BlockAffinity)).toEqual([])
      })
      expect(reports.filter(({ reason }) => reason === 'Terminating')).toMatchObject([
        {
          kind: 'IPPool',
          name: 'v4',
          type: 'Normal',
          note: expect.stringContaining('goes when nobody has an address'),
        },
      ])
    })

    test('a younger pool over the same addresses goes at once, and the blocks of the older one stay', async () => {
      await cluster.addNode('n1')
      const controller = start()
      await cluster.addPool('old', { cidr: '10.0.0.0/24' })
      await eventually(async () => expect(await finalizers('old')).toEqual([poolFinalizer]))
      await (await cluster.ipam('n1')).assign({ handle: 'a', attributes: {}, families: { v4: true, v6: false } })
      await cluster.addPool('young', { cidr: '10.0.0.0/16' })
      await eventually(async () => expect(await finalizers('young')).toEqual([poolFinalizer]))
      await cluster.client.delete(resourceOf(IPPool), 'young')
      await passesTime(controller, async () => expect(await names()).toEqual(['old']))
      expect((await cluster.all(IPAMBlock)).length).toBe(1)
      await cluster.client.delete(resourceOf(IPPool), 'old')
      await eventually(async () => expect((await conditions()).old).toContain('AddressesInUse'))
    })

    test('a pool that is deleted stays until all nodes must have heard of that', async () => {
      const controller = start()
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await eventually(async () => expect(await finalizers('v4')).toEqual([poolFinalizer]))
      await cluster.client.delete(resourceOf(IPPool), 'v4')
      const terminating = 'Allocatable False Terminating,Terminating True Deleted'
      await eventually(async () => expect(await conditions()).toEqual({ v4: terminating }))
      await looksAgain(controller)
      expect(await names()).toEqual(['v4'])
      await passesTime(controller, async () => expect(await names()).toEqual([]))
    })

    test('a pool that is deleted stays while a node claims a block of it', async () => {
      const { client } = cluster
      await cluster.addNode('n1')
      const controller = start()
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await eventually(async () => expect(await finalizers('v4')).toEqual([poolFinalizer]))
      const spec = {
        cidr: '10.0.0.64/26',
        node: 'n1',
        type: 'host' as const,
        state: 'pending' as const,
        deleted: false,
      }
      const name = 'n1-10-0-0-64-26'
      await client.create(resourceOf(BlockAffinity), { metadata: { name }, spec })
      await client.delete(resourceOf(IPPool), 'v4')
      const terminating = 'Allocatable False Terminating,Terminating True Deleted'
      await eventually(async () => expect(await conditions()).toEqual({ v4: terminating }))
      later += 11_000
      await looksAgain(controller)
      expect(await names()).toEqual(['v4'])
      // The node ends its claim: what it made goes, and then the pool.
      const stores = {
        blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
        affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
      }
      await claimBlock(stores, 'n1', prefix('10.0.0.64/26'), Date.now)
      await passesTime(controller, async () => expect(await names()).toEqual([]))
      expect(await cluster.all(IPAMBlock)).toEqual([])
      expect(await cluster.all(BlockAffinity)).toEqual([])
    })

    test('of very many blocks it releases some at a time', async () => {
      const { client } = cluster
      await cluster.addPool('v4', { cidr: '10.0.0.0/22', blockSize: 32 })
      const blocks = Array.from({ length: 204 }, (_, index) => prefix(`10.0.${index % 4}.${index >> 2}/32`))
      await Promise.all(
        blocks.map((one) =>
          client.create(resourceOf(IPAMBlock), {
            metadata: { name: blockName(one) },
            spec: encodeBlock(newBlock(one, undefined, 0)),
          }),
        ),
      )
      const pools = (await cluster.all(IPPool)).map(decodePool)
      const objects = {
        blocks: new ObjectStore(client, resourceOf(IPAMBlock)),
        affinities: new ObjectStore(client, resourceOf(BlockAffinity)),
        handles: new Handles(new ObjectStore(client, resourceOf(IPAMHandle))),
      }
      const look = async () => {
        const [pool] = pools
        if (pool === undefined) throw new Error('no pool')
        return emptyPool(client, objects, pool, pools, new AbortController().signal)
      }
      expect(await look()).toBe('progress')
      expect((await cluster.all(IPAMBlock)).length).toBe(4)
      expect(await look()).toBe('progress')
      expect(await look()).toBe('empty')
    }, 60_000)

    test('is not held where nobody could let it go', async () => {
      let protects = false
      const controller = start(() => protects)
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await eventually(async () => expect((await conditions()).v4).toBe('Allocatable True OK'))
      expect(await finalizers('v4')).toEqual([])
      protects = true
      controller.refresh()
      await eventually(async () => expect(await finalizers('v4')).toEqual([poolFinalizer]))
    })

    test('does not come with another blockSize: neither by adding nor by removing the field', async () => {
      const pool = resourceOf(IPPool)
      await cluster.addPool('plain', { cidr: '10.1.0.0/16' })
      await cluster.addPool('sized', { cidr: '10.2.0.0/16', blockSize: 28 })
      const refused = { code: 'Invalid', message: expect.stringContaining('blockSize cannot be changed') }
      await expect(cluster.client.patch(pool, 'plain', { spec: { blockSize: 28 } })).rejects.toMatchObject(refused)
      await expect(cluster.client.patch(pool, 'sized', { spec: { blockSize: null } })).rejects.toMatchObject(refused)
      // To write what it means anyway changes nothing.
      await cluster.client.patch(pool, 'plain', { spec: { blockSize: 26 } })
    })

    test('reservations are CIDRs or addresses, and nothing else', async () => {
      const { IPReservation } = await import('@manx/api')
      const create = (name: string, cidr: string) =>
        cluster.client.create(resourceOf(IPReservation), { metadata: { name }, spec: { reservedCIDRs: [cidr] } })
      await create('a', '10.0.0.1')
      await create('b', 'fd00::/64')
      await expect(create('c', '10.0.0.1/33')).rejects.toMatchObject({ code: 'Invalid' })
    })

    test('a malformed pool says so, is held by the addresses that it has, and goes when nobody has one', async () => {
      const { client } = cluster
      const pool = resourceOf(IPPool)
      await cluster.addNode('n1')
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      const ipam = await cluster.ipam('n1')
      await ipam.assign({ handle: 'a', attributes: { node: 'n1' }, families: { v4: true, v6: false } })
      await client.patch(pool, 'v4', { spec: { nodeSelector: 'rack ===' }, metadata: { finalizers: [poolFinalizer] } })
      // It never saw the pool when it was right.
      const controller = start()
      await eventually(async () => expect(await conditions()).toEqual({ v4: 'Allocatable False Invalid' }))
      await client.delete(pool, 'v4')
      await eventually(async () =>
        expect(await conditions()).toEqual({ v4: 'Allocatable False Terminating,Terminating True AddressesInUse' }),
      )
      const [, terminating] = (await client.get(pool, 'v4')).status?.conditions ?? []
      expect(terminating?.message).toMatch(/1 address in 1 block in use; it is malformed: spec.nodeSelector/)
      await ipam.releaseByHandle('a')
      await passesTime(controller, async () => expect(await names()).toEqual([]))
      expect(await cluster.all(IPAMBlock)).toEqual([])
    })

    // Last: it takes the schema of pools away.
    test('a pool that has no addresses goes, whatever it is', async () => {
      const { client } = cluster
      const pool = resourceOf(IPPool)
      await acceptAnything(client, pool)
      const odd = { metadata: { name: 'odd', finalizers: [poolFinalizer, 'example.org/other'] }, spec: { cidr: 7 } }
      await eventually(() => client.create(pool, odd as never), { timeout: 30_000 })
      const controller = start()
      await client.delete(pool, 'odd')
      await passesTime(controller, async () => expect(await finalizers('odd')).toEqual(['example.org/other']))
      const [, terminating] = (await client.get(pool, 'odd')).status?.conditions ?? []
      expect(terminating?.message).toMatch(/nobody knows which addresses it has: spec.cidr/)
    }, 60_000)

    test('what is right of a malformed pool closes others, as on nodes', async () => {
      const { client } = cluster
      const pool = resourceOf(IPPool)
      const controller = start()
      await cluster.addPool('a', { cidr: '10.0.0.0/16' })
      await cluster.addPool('b', { cidr: '10.0.0.0/24' })
      const closed = 'Allocatable False CIDROverlap,CIDROverlap True OlderPool'
      await eventually(async () => expect(await conditions()).toEqual({ a: 'Allocatable True OK', b: closed }))
      await acceptAnything(client, pool)
      // The API server needs a moment to take that up.
      await eventually(() => client.patch(pool, 'a', { spec: { natOutgoing: 'yes', disabled: true } }), {
        timeout: 30_000,
      })
      await eventually(async () => expect(await conditions()).toEqual({ a: 'Allocatable False Disabled', b: closed }))
      // It writes that once.
      const version = async () => (await client.get(pool, 'a')).metadata.resourceVersion
      const written = await version()
      for (let times = 0; times < 4; times++) await looksAgain(controller)
      expect(await version()).toBe(written)
    }, 60_000)
  },
)
