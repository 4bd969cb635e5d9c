import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { allKinds, IPAMBlock, IPAMHandle, resourceOf, silentLogger } from '@manx/api'
import { createIpam } from '@manx/ipam'
import { testAttempts } from './attempt.ts'
import { testDefaults } from './defaults.ts'
import { type GuardedCluster, guardedClusterSkipReason, startGuardedCluster } from './guarded-cluster.ts'
import { nodeWriteObjects, nodeWrites } from './node-writes.ts'
import { objectRuleObjects, objectRules } from './objects.ts'
import { tieredKinds, tieredRbac, tieredRbacObjects } from './tiered-rbac.ts'

const reason = guardedClusterSkipReason()
const suite = reason === undefined ? describe : describe.skip
jest.setTimeout(60_000)

suite(`the API server with our admission policies${reason === undefined ? '' : ` (${reason})`}`, () => {
  let cluster: GuardedCluster
  const listOf = (items: readonly object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  beforeAll(async () => {
    cluster = await startGuardedCluster()
    await cluster.kubectl(
      ['create', '-f', '-'],
      listOf([...nodeWriteObjects, ...tieredRbacObjects, ...objectRuleObjects]),
    )
  }, 180_000)
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  test('every kind that has a tier is among those that are tried', () => {
    const tiered = allKinds.filter(({ selectableFields = [] }) => selectableFields.includes('.spec.tier'))
    expect(tieredKinds).toEqual(expect.arrayContaining(tiered))
  })

  describe('who writes policies in which tier', () => testAttempts(tieredRbac(() => cluster)))
  describe('pools, built-in objects and the lock', () => testAttempts(objectRules(() => cluster)))
  describe('defaults', () => testDefaults(() => cluster))

  describe('what nodes write', () => {
    testAttempts(nodeWrites(() => cluster))

    test('agents take, borrow and give back addresses', async () => {
      const on = async (node: string) => createIpam({ client: await cluster.agent(node), node, logger: silentLogger })
      const [one, two] = [await on('node-1'), await on('node-2')]
      const take = (ipam: typeof one, node: string, id: string) =>
        ipam.assign({
          handle: `net.${id}`,
          families: { v4: true, v6: false },
          pools: { v4: ['default-ipv4-ippool'] },
          attributes: { pod: id, namespace: 'default', node, timestamp: '2026-01-01 00:00:00 +0000 UTC' },
        })
      // Two blocks of four: the first node owns both, and the second one borrows.
      const first = ['a', 'b', 'c', 'd', 'e']
      for (const id of first) await take(one, 'node-1', id)
      const borrowed = [...(await take(two, 'node-2', 'f')), ...(await take(two, 'node-2', 'g'))]
      const blocks = (await cluster.admin.list(resourceOf(IPAMBlock))).items
      expect(blocks.map(({ spec }) => spec.affinity)).toEqual(['host:node-1', 'host:node-1'])
      expect(borrowed).toHaveLength(2)
      for (const id of ['f', 'g']) expect(await two.releaseByHandle(`net.${id}`)).toBe(1)
      for (const id of first) expect(await one.releaseByHandle(`net.${id}`)).toBe(1)
      const left = (await cluster.admin.list(resourceOf(IPAMHandle))).items.map(({ spec }) => spec.handleID)
      expect(left.filter((id) => id !== 'old.1')).toEqual([])
    })
  })
})
