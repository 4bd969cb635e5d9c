import { describe, expect, test } from '@jest/globals'
import { ApiError, IPAMBlock, IPAMHandle, type KubernetesObject, nodes, resourceOf, silentLogger } from '@manx/api'
import fc from 'fast-check'
import type { Assignment } from '../src/allocator/request.ts'
import { createIpam, type Ipam } from '../src/create-ipam.ts'
import { holders, inconsistencies } from './support/consistency.ts'
import { MemoryApi } from './support/memory-api.ts'

function seed(
  api: MemoryApi,
  names: readonly string[],
  pools: readonly { cidr: string; blockSize: number }[],
  configuration = {},
) {
  const put = (key: string, object: KubernetesObject) => api.objects.set(key, object)
  for (const name of names) put(`nodes/${name}`, { apiVersion: 'v1', kind: 'Node', metadata: { name } })
  for (const [index, spec] of pools.entries()) {
    const name = `pool-${index}`
    put(`ippools/${name}`, Object.assign({ apiVersion: 'x', kind: 'IPPool', metadata: { name } }, { spec }))
  }
  const spec = { strictAffinity: false, autoAllocateBlocks: true, ...configuration }
  put(
    'ipamconfigurations/default',
    Object.assign({ apiVersion: 'x', kind: 'X', metadata: { name: 'default' } }, { spec }),
  )
  expect(nodes.plural).toBe('nodes')
}

const step = fc.record({
  node: fc.nat({ max: 2 }),
  pod: fc.nat({ max: 15 }),
  do: fc.constantFrom('assign' as const, 'assign' as const, 'release' as const),
  /** Wait for everything so far before this step. */
  settle: fc.nat({ max: 9 }).map((one) => one === 0),
})

async function play(
  api: MemoryApi,
  steps: readonly { node: number; pod: number; do: 'assign' | 'release'; settle: boolean }[],
): Promise<{ held: Map<string, Assignment[]>; doubtful: Set<string> }> {
  const names = ['a', 'b', 'c']
  const allocators: Ipam[] = names.map((node) => createIpam({ client: api, node, logger: silentLogger }))
  const held = new Map<string, Assignment[]>()
  const doubtful = new Set<string>()
  // As the runtime does it: a pod's requests come one after the other.
  const tails = new Map<string, Promise<void>>()
  for (const { node, pod, do: what, settle } of steps) {
    if (settle) await Promise.all(tails.values())
    const handle = `net.${names[node]}-${pod}`
    const ipam = allocators[node]
    const run = async () => {
      try {
        if (what === 'release') {
          await ipam?.releaseByHandle(handle)
          held.delete(handle)
          doubtful.delete(handle)
        } else if (!held.has(handle) && !doubtful.has(handle)) {
          const request = { handle, attributes: { node: names[node] ?? '' }, families: { v4: true, v6: true } }
          held.set(handle, (await ipam?.assign(request)) ?? [])
        }
      } catch (error) {
        if (error instanceof ApiError) doubtful.add(handle)
        else if (!(error instanceof Error && 'code' in error)) throw error
      }
    }
    tails.set(handle, (tails.get(handle) ?? Promise.resolve()).then(run))
  }
  await Promise.all(tails.values())
  return { held, doubtful }
}

function check(api: MemoryApi, held: Map<string, Assignment[]>, exact: boolean): void {
  const blocks = api.all(resourceOf(IPAMBlock))
  expect(inconsistencies(blocks, api.all(resourceOf(IPAMHandle)), { exact })).toEqual([])
  const stored = holders(blocks)
  const mine = [...held].flatMap(([handle, assigned]) => assigned.map(({ address }) => [address, handle] as const))
  expect(new Set(mine.map(([address]) => address)).size).toBe(mine.length)
  for (const [address, handle] of mine) expect([address, stored.get(address)]).toEqual([address, handle])
  if (exact) expect(stored.size).toBe(mine.length)
}

describe('three allocators on one datastore', () => {
  const pools = [
    { cidr: '10.0.0.0/28', blockSize: 30 },
    { cidr: 'fd00::/124', blockSize: 126 },
  ]

  test('never give an address twice, and leave blocks and handles that agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
        const api = new MemoryApi()
        seed(api, ['a', 'b', 'c'], pools)
        const { held } = await play(api, steps)
        check(api, held, true)
      }),
      { numRuns: 60 },
    )
  })

  test('lose requests and answers, and still nobody holds what no handle points at', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const network = new Set(['bad'])
        const api = new MemoryApi({
          fault: (when, request) => {
            if (!network.has('bad') || /^(get|list) /.test(request) || Math.random() > 0.05) return
            throw new ApiError('Unreachable', `lost ${when} ${request}`)
          },
        })
        seed(api, ['a', 'b', 'c'], pools)
        const { held, doubtful } = await play(api, steps)
        for (const handle of doubtful) held.delete(handle)
        check(api, held, false)
        network.clear()
        // What a runtime does in the end: DEL for every container.
        const names = ['a', 'b', 'c']
        for (const [index, node] of names.entries()) {
          const ipam = createIpam({ client: api, node, logger: silentLogger })
          for (let pod = 0; pod <= 15; pod++) await ipam.releaseByHandle(`net.${names[index]}-${pod}`)
        }
        expect(holders(api.all(resourceOf(IPAMBlock)))).toEqual(new Map())
        expect(api.all(resourceOf(IPAMHandle))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('with strictAffinity stay in their own blocks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), async (steps) => {
        const api = new MemoryApi()
        seed(api, ['a', 'b', 'c'], pools, { strictAffinity: true })
        const { held } = await play(api, steps)
        check(api, held, true)
        for (const { spec } of api.all(resourceOf(IPAMBlock))) {
          for (const { secondary } of spec.attributes) expect(`host:${secondary?.node}`).toBe(spec.affinity)
        }
      }),
      { numRuns: 40 },
    )
  })
})

test('thirty pods that start together cost their handles and a few block writes', async () => {
  const api = new MemoryApi()
  seed(
    api,
    ['a'],
    [
      { cidr: '10.0.0.0/16', blockSize: 26 },
      { cidr: 'fd00::/64', blockSize: 122 },
    ],
  )
  const ipam = createIpam({ client: api, node: 'a', logger: silentLogger })
  const families = { v4: true, v6: true }
  await ipam.assign({ handle: 'first', attributes: {}, families })
  const before = api.writes
  const assigned = await Promise.all(
    Array.from({ length: 30 }, (_, pod) =>
      ipam.assign({ handle: `pod-${pod}`, attributes: { pod: `${pod}` }, families }),
    ),
  )
  expect(new Set(assigned.flat().map(({ address }) => address)).size).toBe(60)
  expect(api.writes - before).toBeLessThanOrEqual(30 + 2 * 12)
})

test('a burst of pods that find nothing looks at all blocks once', async () => {
  const lists: string[] = []
  const api = new MemoryApi({
    fault: (when, request) => {
      if (when === 'before' && request === 'list ipamblocks') lists.push(request)
    },
  })
  seed(api, ['a', 'b'], [{ cidr: '10.0.0.0/31', blockSize: 31 }])
  const families = { v4: true, v6: false }
  const [a, b] = ['a', 'b'].map((node) => createIpam({ client: api, node, logger: silentLogger }))
  for (const handle of ['one', 'two']) await a?.assign({ handle, attributes: { node: 'a' }, families })
  lists.length = 0
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, pod) => b?.assign({ handle: `pod-${pod}`, attributes: { node: 'b' }, families })),
  )
  expect(results.every((result) => result.status === 'rejected' && result.reason.code === 'Exhausted')).toBe(true)
  expect(lists.length).toBe(1)
})

test('a named address is looked for in the block as it is now', async () => {
  const api = new MemoryApi()
  seed(api, ['a', 'b'], [{ cidr: '10.0.0.0/30', blockSize: 30 }], { strictAffinity: true })
  const [a, b] = ['a', 'b'].map((node) => createIpam({ client: api, node, logger: silentLogger }))
  const named = (handle: string, address: string) => ({
    handle,
    attributes: {},
    families: { v4: true, v6: false },
    addresses: [address],
  })
  await a?.assign(named('one', '10.0.0.1'))
  await expect(b?.assign(named('two', '10.0.0.2'))).rejects.toMatchObject({ code: 'OtherNode' })
  // The block changes its owner.
  const stored = api.all(resourceOf(IPAMBlock))[0]
  if (stored === undefined) throw new Error('no block')
  await api.update(resourceOf(IPAMBlock), { ...stored, spec: { ...stored.spec, affinity: 'host:b' } })
  expect(await b?.assign(named('two', '10.0.0.2'))).toMatchObject([{ address: '10.0.0.2' }])
})
