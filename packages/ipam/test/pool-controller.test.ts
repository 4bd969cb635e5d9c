import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { BlockAffinity, IPAMBlock, IPPool, resourceOf, silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import { createIpamInformers } from '../src/controller/informers.ts'
import { createPoolController } from '../src/controller/pool-controller.ts'
import { poolFinalizer } from '../src/controller/pool-status.ts'
import type { Report } from '../src/controller/report.ts'
import { type Cluster, startCluster } from './support/cluster.ts'

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
    function start(protects: () => boolean = () => true) {
      const { client } = cluster
      const abort = new AbortController()
      const informers = createIpamInformers(client, silentLogger)
      reports.length = 0
      const report = (one: Report) => reports.push(one)
      const controller = createPoolController({ client, informers, logger: silentLogger, report, protects })
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

    test('says whether addresses come from each, as others come and go', async () => {
      const { client } = cluster
      start()
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
      await eventually(async () =>
        expect(await conditions()).toEqual({ b: 'Allocatable True OK', off: 'Allocatable True OK' }),
      )
      await eventually(() => expect(reports.map(({ name, reason }) => `${name} ${reason}`)).toContain('b Allocatable'))
    })

    test('a pool that is deleted stays until nobody has an address of it, and gives out no more', async () => {
      const { client } = cluster
      await cluster.addNode('n1')
      start()
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
      await eventually(async () => {
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
      start()
      await cluster.addPool('old', { cidr: '10.0.0.0/24' })
      await eventually(async () => expect(await finalizers('old')).toEqual([poolFinalizer]))
      await (await cluster.ipam('n1')).assign({ handle: 'a', attributes: {}, families: { v4: true, v6: false } })
      await cluster.addPool('young', { cidr: '10.0.0.0/16' })
      await eventually(async () => expect(await finalizers('young')).toEqual([poolFinalizer]))
      await cluster.client.delete(resourceOf(IPPool), 'young')
      await eventually(async () => expect(await names()).toEqual(['old']))
      expect((await cluster.all(IPAMBlock)).length).toBe(1)
      await cluster.client.delete(resourceOf(IPPool), 'old')
      await eventually(async () => expect((await conditions()).old).toContain('AddressesInUse'))
    })

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
  },
)
