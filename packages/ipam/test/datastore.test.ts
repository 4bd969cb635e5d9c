import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import {
  BlockAffinity,
  blockAffinityName,
  blockName,
  ClusterInformation,
  IPAMBlock,
  IPAMHandle,
  IPPool,
  ignoreNotFound,
  type Prefix,
  parseAddress,
  prefixContains,
  prefixesOverlap,
  resourceOf,
} from '@manx/api'
import { apiServerSkipReason } from '../../api/test/api-server.ts'
import type { Assignment } from '../src/allocator/request.ts'
import { claimBlock, releaseAffinity } from '../src/datastore/affinities.ts'
import { ObjectStore } from '../src/datastore/object-store.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { holders, inconsistencies } from './support/consistency.ts'
import { prefix } from './support/prefix.ts'

const reason = apiServerSkipReason()
const both = { v4: true, v6: true }
const onlyV4 = { v4: true, v6: false }

;(reason === undefined ? describe : describe.skip)(
  `on a real API server${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    let cluster: Cluster
    beforeAll(async () => {
      cluster = await startCluster()
    }, 90_000)
    afterAll(async () => cluster[Symbol.asyncDispose]())
    beforeEach(() => cluster.clear())

    const stores = () => ({
      blocks: new ObjectStore(cluster.client, resourceOf(IPAMBlock)),
      affinities: new ObjectStore(cluster.client, resourceOf(BlockAffinity)),
    })
    const problems = async () =>
      inconsistencies(await cluster.all(IPAMBlock), await cluster.all(IPAMHandle), { exact: true })
    const inside = (assigned: readonly Assignment[], pool: Prefix) =>
      assigned.filter(({ address }) => {
        const parsed = parseAddress(address)
        return parsed !== undefined && prefixContains(pool, parsed)
      })

    test('four nodes that assign and release at once never share an address', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/23', blockSize: 28 })
      await cluster.addPool('v6', { cidr: 'fd00::/116', blockSize: 124 })
      const names = ['n1', 'n2', 'n3', 'n4']
      for (const name of names) await cluster.addNode(name)
      const held = new Map<string, Assignment[]>()
      const perNode = names.map(async (name) => {
        const ipam = await cluster.ipam(name)
        await Promise.all(
          Array.from({ length: 50 }, async (_, pod) => {
            const handle = `net.${name}-${pod}`
            const attributes = { node: name, pod: String(pod), namespace: 'default' }
            held.set(handle, await ipam.assign({ handle, attributes, families: both }))
            if (pod % 3 !== 0) return
            await ipam.releaseByHandle(handle)
            held.delete(handle)
            if (pod % 6 === 0) held.set(handle, await ipam.assign({ handle, attributes, families: both }))
          }),
        )
      })
      await Promise.all(perNode)
      expect(await problems()).toEqual([])
      const expected = new Map(
        [...held].flatMap(([handle, all]) => all.map(({ address }) => [address, handle] as const)),
      )
      expect(expected.size).toBe([...held].length * 2)
      expect(holders(await cluster.all(IPAMBlock))).toEqual(expected)
      for (const { spec } of await cluster.all(BlockAffinity)) expect(spec.state).toBe('confirmed')
    }, 120_000)

    test('two processes of one node share its blocks', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 28 })
      await cluster.addNode('n1')
      const [a, b] = [await cluster.ipam('n1'), await cluster.ipam('n1')]
      const assigned = await Promise.all(
        Array.from({ length: 24 }, (_, pod) =>
          (pod % 2 === 0 ? a : b).assign({ handle: `h-${pod}`, attributes: {}, families: onlyV4 }),
        ),
      )
      expect(new Set(assigned.flat().map(({ address }) => address)).size).toBe(24)
      expect((await cluster.all(BlockAffinity)).length).toBeLessThanOrEqual(4)
      expect(await problems()).toEqual([])
    })

    test('what is stored is what Calico stores', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/30', blockSize: 30 })
      await cluster.addNode('n1')
      const ipam = await cluster.ipam('n1')
      const attributes = { namespace: 'shop', pod: 'web', node: 'n1', timestamp: '2026-01-01 00:00:00 +0000 UTC' }
      await ipam.assign({ handle: 'k8s-pod-network.AB12', attributes, families: onlyV4 })
      const [block] = await cluster.all(IPAMBlock)
      expect(block).toMatchObject({
        metadata: { name: '10-0-0-0-30' },
        spec: {
          cidr: '10.0.0.0/30',
          affinity: 'host:n1',
          allocations: [0, null, null, null],
          unallocated: [1, 2, 3],
          attributes: [{ handle_id: 'k8s-pod-network.AB12', secondary: attributes }],
          strictAffinity: false,
        },
      })
      expect((block?.spec.sequenceNumber ?? 0) - (block?.spec.sequenceNumberForAllocation?.['0'] ?? 0)).toBe(1)
      expect(await cluster.all(BlockAffinity)).toMatchObject([
        {
          metadata: {
            name: 'n1-10-0-0-0-30',
            labels: { 'projectcalico.org/affinity-type': 'host', 'projectcalico.org/ip-version': '4' },
          },
          spec: { cidr: '10.0.0.0/30', node: 'n1', state: 'confirmed', type: 'host', deleted: false },
        },
      ])
      expect(await cluster.all(IPAMHandle)).toMatchObject([
        {
          metadata: { name: 'k8s-pod-network.ab12' },
          spec: { handleID: 'k8s-pod-network.AB12', block: { '10.0.0.0/30': 1 } },
        },
      ])
    })

    test("under another node's name, a claim keeps the node from that block alone, and is left as it is", async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/29', blockSize: 30 })
      await cluster.addNode('n2')
      const squat = async (cidr: string) => {
        const name = blockAffinityName('n2', cidr)
        const spec = { cidr, node: 'n1', type: 'host' as const, state: 'pending' as const, deleted: false }
        await cluster.client.create(resourceOf(BlockAffinity), { metadata: { name }, spec })
        return name
      }
      const request = (handle: string) => ({ handle, attributes: { node: 'n2' }, families: onlyV4 })
      const taken = [await squat('10.0.0.0/30')]
      await (await cluster.ipam('n2')).assign(request('a'))
      expect((await cluster.all(IPAMBlock)).map(({ spec }) => spec.cidr)).toEqual(['10.0.0.4/30'])
      const wanted = prefix('10.0.0.0/30')
      await expect(claimBlock(stores(), 'n2', wanted, Date.now)).rejects.toMatchObject({
        code: 'NameTaken',
        message: expect.stringContaining(`${taken[0]} is a claim of node n1`),
      })
      await releaseAffinity(stores(), 'n2', wanted, { requireEmpty: true })
      for (const handle of ['b', 'c', 'd']) await (await cluster.ipam('n2')).assign(request(handle))
      await expect((await cluster.ipam('n2')).assign(request('e'))).rejects.toMatchObject({ code: 'NameTaken' })
      expect((await cluster.all(BlockAffinity)).filter(({ spec }) => spec.node === 'n1')).toMatchObject(
        taken.map((name) => ({ metadata: { name }, spec: { state: 'pending', deleted: false } })),
      )
    })

    test('of both families comes nothing when one has nothing left', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addPool('v6', { cidr: 'fd00::/128', blockSize: 128 })
      await cluster.addNode('n1')
      const ipam = await cluster.ipam('n1')
      await ipam.assign({ handle: 'a', attributes: {}, families: both })
      await expect(ipam.assign({ handle: 'b', attributes: {}, families: both })).rejects.toMatchObject({
        code: 'Exhausted',
        message: expect.stringContaining('v6: has no free block'),
      })
      expect(holders(await cluster.all(IPAMBlock)).size).toBe(2)
      expect(await problems()).toEqual([])
      expect((await cluster.all(IPAMHandle)).map(({ spec }) => spec.handleID)).toEqual(['a'])
    })

    test('a node without a free block borrows, unless strictAffinity forbids it', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/30', blockSize: 30 })
      await cluster.addNode('n1')
      await cluster.addNode('n2')
      const [a, b] = [await cluster.ipam('n1'), await cluster.ipam('n2')]
      await a.assign({ handle: 'a', attributes: { node: 'n1' }, families: onlyV4 })
      await b.assign({ handle: 'b', attributes: { node: 'n2' }, families: onlyV4 })
      expect(await cluster.all(IPAMBlock)).toMatchObject([
        { spec: { affinity: 'host:n1', attributes: [{ handle_id: 'a' }, { handle_id: 'b' }] } },
      ])
      await b.releaseByHandle('b')
      await cluster.configure({ strictAffinity: true, autoAllocateBlocks: true })
      const strict = await cluster.ipam('n2')
      const request = { handle: 'b', attributes: {}, families: onlyV4 }
      await expect(strict.assign(request)).rejects.toMatchObject({
        code: 'Exhausted',
        message: expect.stringContaining('strictAffinity forbids to borrow'),
      })
      await expect(strict.assign({ ...request, addresses: ['10.0.0.3'] })).rejects.toMatchObject({ code: 'OtherNode' })
      expect(await problems()).toEqual([])
    })

    test('a node leaves the idle blocks of others to the controller', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/31', blockSize: 31 })
      await cluster.configure({ strictAffinity: true, autoAllocateBlocks: true })
      await cluster.addNode('n1')
      await cluster.addNode('n2')
      const a = await cluster.ipam('n1')
      await a.assign({ handle: 'a', attributes: {}, families: onlyV4 })
      await a.releaseByHandle('a')
      const request = { handle: 'b', attributes: {}, families: onlyV4 }
      const later = await cluster.ipam('n2', () => Date.now() + 61_000)
      await expect(later.assign(request)).rejects.toMatchObject({ code: 'Exhausted' })
      expect((await cluster.all(BlockAffinity)).map(({ spec }) => spec.node)).toEqual(['n1'])
      expect(await problems()).toEqual([])
    })

    describe('blocks of two lengths over the same addresses', () => {
      test('come neither of overlapping pools nor of a pool that was made anew', async () => {
        await cluster.addNode('n1')
        await cluster.addNode('n2')
        await cluster.addPool('a', { cidr: '10.0.0.0/29', blockSize: 30 })
        const [a, b] = [await cluster.ipam('n1'), await cluster.ipam('n2')]
        await a.assign({ handle: 'a', attributes: {}, families: onlyV4 })
        await cluster.client.delete(resourceOf(IPPool), 'a')
        await cluster.addPool('a', { cidr: '10.0.0.0/29', blockSize: 31 })
        const after = await cluster.ipam('n1')
        await b.assign({ handle: 'b', attributes: {}, families: onlyV4 })
        const held = await Promise.all(
          Array.from({ length: 6 }, (_, pod) =>
            (pod % 2 === 0 ? after : b).assign({ handle: `h${pod}`, attributes: {}, families: onlyV4 }),
          ),
        )
        expect(new Set(held.flat().map(({ address }) => address)).size).toBe(6)
        expect(holders(await cluster.all(IPAMBlock)).size).toBe(8)
        const cidrs = (await cluster.all(IPAMBlock)).map(({ spec }) => prefix(spec.cidr))
        for (const one of cidrs) expect(cidrs.filter((other) => prefixesOverlap(one, other))).toEqual([one])
        // A named address is looked for in the block that has it, whatever blocks the pool has now.
        const [first] = [...holders(await cluster.all(IPAMBlock))].flatMap(([address, holder]) =>
          holder === 'a' ? [address] : [],
        )
        await expect(
          after.assign({ handle: 'x', attributes: {}, families: onlyV4, addresses: [first ?? ''] }),
        ).rejects.toMatchObject({ code: 'AddressInUse' })
        expect(await after.releaseAddresses([{ address: first ?? '' }])).toEqual([])
        expect(await problems()).toEqual([])
      })

      test('a claim that meets one gives way and leaves nothing', async () => {
        await claimBlock(stores(), 'n1', prefix('10.0.0.4/30'), Date.now)
        for (const cidr of ['10.0.0.0/29', '10.0.0.4/31', '10.0.0.7/32']) {
          await expect(claimBlock(stores(), 'n2', prefix(cidr), Date.now)).rejects.toMatchObject({
            code: 'Reassigned',
            message: expect.stringContaining('overlaps block 10.0.0.4/30'),
          })
        }
        expect((await cluster.all(IPAMBlock)).map(({ spec }) => spec.cidr)).toEqual(['10.0.0.4/30'])
        expect((await cluster.all(BlockAffinity)).map(({ spec }) => spec.node)).toEqual(['n1'])
      })

      test('the younger of two overlapping pools is not used, and an error says so', async () => {
        await cluster.addNode('n1')
        await cluster.addPool('a', { cidr: '10.0.0.0/31', blockSize: 31, nodeSelector: 'has(other)' })
        await cluster.addPool('b', { cidr: '10.0.0.0/24' })
        await expect(
          (await cluster.ipam('n1')).assign({ handle: 'a', attributes: {}, families: onlyV4 }),
        ).rejects.toMatchObject({
          code: 'NoPool',
          message: expect.stringContaining('b: overlaps the older pool a (10.0.0.0/31)'),
        })
      })
    })

    test('a node has no more blocks than allowed', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24', blockSize: 32 })
      await cluster.configure({ strictAffinity: true, autoAllocateBlocks: true, maxBlocksPerHost: 2 })
      await cluster.addNode('n1')
      const ipam = await cluster.ipam('n1')
      const pods = Array.from({ length: 3 }, (_, pod) =>
        ipam.assign({ handle: `h${pod}`, attributes: {}, families: onlyV4 }),
      )
      const results = await Promise.allSettled(pods)
      expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(2)
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'BlockLimit' } })
      expect(await problems()).toEqual([])
    })

    describe('an address that the user named', () => {
      beforeEach(async () => {
        await cluster.addPool('v4', { cidr: '10.0.0.0/24', nodeSelector: 'has(special)' })
        await cluster.addNode('n1')
      })
      const named = (handle: string, address: string) => ({
        handle,
        attributes: {},
        families: both,
        addresses: [address],
      })

      test('is assigned once, whatever the selectors say', async () => {
        const ipam = await cluster.ipam('n1')
        expect(await ipam.assign(named('a', '10.0.0.77'))).toMatchObject([
          { address: '10.0.0.77', block: '10.0.0.64/26' },
        ])
        await expect(ipam.assign(named('b', '10.0.0.77'))).rejects.toMatchObject({ code: 'AddressInUse' })
        expect(await problems()).toEqual([])
        await ipam.releaseByHandle('a')
        await ipam.assign(named('b', '10.0.0.77'))
      })

      test.each([
        ['192.0.2.1', 'AddressOutsidePools', 'v4: 10.0.0.0/24 does not contain it'],
        ['10.0.0.300', 'InvalidRequest', 'is not an IPv4 or IPv6 address'],
      ])('%s fails with %s', async (address, code, words) => {
        const ipam = await cluster.ipam('n1')
        await expect(ipam.assign(named('a', address))).rejects.toMatchObject({
          code,
          message: expect.stringContaining(words),
        })
      })

      test('no pool for the node is an error that names the pools', async () => {
        const ipam = await cluster.ipam('n1')
        await expect(ipam.assign({ handle: 'a', attributes: {}, families: onlyV4 })).rejects.toMatchObject({
          code: 'NoPool',
          message: 'no IPv4 pool serves node n1 (v4: nodeSelector does not match the node)',
        })
      })
    })

    test('a release that names another holder or time changes nothing', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addNode('n1')
      const ipam = await cluster.ipam('n1')
      const [one] = await ipam.assign({ handle: 'a', attributes: {}, families: onlyV4 })
      const address = one?.address ?? ''
      const sequenceNumber = one?.sequenceNumber ?? 0n
      await expect(ipam.releaseAddresses([{ address, handle: 'b' }])).rejects.toMatchObject({ code: 'Reassigned' })
      await expect(ipam.releaseAddresses([{ address, sequenceNumber: sequenceNumber + 1n }])).rejects.toMatchObject({
        code: 'Reassigned',
      })
      expect(
        await ipam.releaseAddresses([{ address, handle: 'a', sequenceNumber }, { address: '10.0.0.255' }]),
      ).toEqual(['10.0.0.255'])
      expect(await cluster.all(IPAMHandle)).toEqual([])
      expect(await problems()).toEqual([])
    })

    test('a locked datastore hands out nothing', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addNode('n1')
      await cluster.client.create(resourceOf(ClusterInformation), {
        metadata: { name: 'default' },
        spec: { datastoreReady: false },
      })
      const ipam = await cluster.ipam('n1')
      await expect(ipam.assign({ handle: 'a', attributes: {}, families: onlyV4 })).rejects.toMatchObject({
        code: 'Locked',
      })
    })

    test('requested pools are used in their order, for each family its own', async () => {
      await cluster.addPool('v4', { cidr: '10.0.0.0/24' })
      await cluster.addPool('other', { cidr: '10.1.0.0/24', assignmentMode: 'Manual' })
      await cluster.addPool('v6', { cidr: 'fd00::/64' })
      await cluster.addNode('n1')
      const ipam = await cluster.ipam('n1')
      const assigned = await ipam.assign({
        handle: 'a',
        attributes: {},
        families: both,
        pools: { v4: ['10.1.0.0/24'] },
      })
      expect(inside(assigned, prefix('10.1.0.0/24')).length).toBe(1)
      expect(assigned.map(({ pool }) => pool)).toEqual(['other', 'v6'])
    })

    describe('the steps of a claim and of a release', () => {
      const block = prefix('10.0.0.0/30')

      test('a claim that stopped half-way is finished by the next one', async () => {
        await cluster.client.create(resourceOf(BlockAffinity), {
          metadata: { name: 'n1-10-0-0-0-30' },
          spec: { cidr: '10.0.0.0/30', node: 'n1', type: 'host', state: 'pending', deleted: false },
        })
        await claimBlock(stores(), 'n1', block, Date.now)
        expect(await cluster.all(BlockAffinity)).toMatchObject([{ spec: { state: 'confirmed' } }])
      })

      test('a release does not take the affinity that a new claim of the same node wrote', async () => {
        await claimBlock(stores(), 'n1', block, Date.now)
        const real = stores()
        // The claim comes between the deletion of the block and that of the affinity.
        const blocks = Object.assign(new ObjectStore(cluster.client, resourceOf(IPAMBlock)), {
          remove: async (stored: IPAMBlock) => {
            await real.blocks.remove(stored)
            await claimBlock(stores(), 'n1', block, Date.now)
          },
        })
        await releaseAffinity({ ...real, blocks }, 'n1', block, { requireEmpty: true })
        expect(await cluster.all(BlockAffinity)).toMatchObject([{ spec: { node: 'n1', state: 'confirmed' } }])
        expect(await cluster.all(IPAMBlock)).toMatchObject([{ spec: { affinity: 'host:n1' } }])
      })

      test('a claim that loses leaves alone an affinity that is confirmed', async () => {
        await claimBlock(stores(), 'n1', block, Date.now)
        const stored = await cluster.client.get(resourceOf(IPAMBlock), blockName(block))
        await cluster.client.update(resourceOf(IPAMBlock), {
          ...stored,
          spec: { ...stored.spec, affinity: 'host:n2' },
        })
        await expect(claimBlock(stores(), 'n1', block, Date.now)).rejects.toMatchObject({ code: 'Reassigned' })
        expect(await cluster.all(BlockAffinity)).toMatchObject([{ spec: { node: 'n1', state: 'confirmed' } }])
      })

      test('who loses the race for a block leaves no affinity behind', async () => {
        const results = await Promise.allSettled(
          ['n1', 'n2', 'n3'].map((node) => claimBlock(stores(), node, block, Date.now)),
        )
        expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1)
        const [owner, ...others] = await cluster.all(BlockAffinity)
        expect(others).toEqual([])
        expect(await cluster.all(IPAMBlock)).toMatchObject([{ spec: { affinity: `host:${owner?.spec.node}` } }])
      })

      test('an object marked as deleted is deleted by its next reader, and can be made anew', async () => {
        const stored = await claimBlock(stores(), 'n1', block, Date.now)
        await cluster.client.update(resourceOf(IPAMBlock), { ...stored, spec: { ...stored.spec, deleted: true } })
        await claimBlock(stores(), 'n2', block, Date.now)
        const now = await ignoreNotFound(cluster.client.get(resourceOf(IPAMBlock), blockName(block)))
        expect(now).toMatchObject({ spec: { affinity: 'host:n2' } })
      })

      test('a block with addresses in use keeps them when its owner gives it up', async () => {
        await cluster.addPool('v4', { cidr: '10.0.0.0/30', blockSize: 30 })
        await cluster.addNode('n1')
        const ipam = await cluster.ipam('n1')
        await ipam.assign({ handle: 'a', attributes: {}, families: onlyV4 })
        const release = (requireEmpty: boolean) => releaseAffinity(stores(), 'n1', block, { requireEmpty })
        await expect(release(true)).rejects.toMatchObject({ code: 'NotEmpty' })
        expect(await cluster.all(BlockAffinity)).toMatchObject([{ spec: { state: 'confirmed' } }])
        await release(false)
        expect(await cluster.all(BlockAffinity)).toEqual([])
        expect(holders(await cluster.all(IPAMBlock)).size).toBe(1)
        // The last address takes the block with it, since nobody owns it.
        await ipam.releaseByHandle('a')
        expect(await cluster.all(IPAMBlock)).toEqual([])
      })
    })
  },
)
