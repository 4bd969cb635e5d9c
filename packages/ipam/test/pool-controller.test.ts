import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createInformer, IPPool, resourceOf, silentLogger } from '@manx/api'
import { eventually } from '@manx/testbed'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import { projectPool } from '../src/controller/informers.ts'
import { createPoolController } from '../src/controller/pool-controller.ts'
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

    test('says whether addresses come from each, as others come and go', async () => {
      const { client } = cluster
      const abort = new AbortController()
      const pools = createInformer(client, resourceOf(IPPool), { logger: silentLogger, project: projectPool })
      const controller = createPoolController({ client, informers: { pools }, logger: silentLogger })
      const running = [pools.run(abort.signal), controller.run(abort.signal)]
      const reasons = async () =>
        Object.fromEntries(
          (await cluster.all(IPPool)).map(({ metadata, status }) => [
            metadata.name,
            status?.conditions?.map(({ type, status: holds, reason: why }) => `${type} ${holds} ${why}`).join(),
          ]),
        )
      await cluster.addPool('a', { cidr: '10.0.0.0/16' })
      await cluster.addPool('b', { cidr: '10.0.0.0/24' })
      await cluster.addPool('off', { cidr: '10.9.0.0/16', disabled: true })
      await eventually(async () =>
        expect(await reasons()).toEqual({
          a: 'Allocatable True OK',
          b: 'Allocatable False CIDROverlap',
          off: 'Allocatable False Disabled',
        }),
      )
      await client.delete(resourceOf(IPPool), 'a')
      await client.patch(resourceOf(IPPool), 'off', { spec: { disabled: false } })
      await eventually(async () =>
        expect(await reasons()).toEqual({ b: 'Allocatable True OK', off: 'Allocatable True OK' }),
      )
      abort.abort()
      await Promise.all(running)
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
