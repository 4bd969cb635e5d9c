import { describe, expect, test } from '@jest/globals'
import { defaultSettings } from '../src/allocator/view.ts'
import type { KnownBlock } from '../src/controller/informers.ts'
import { type NodePlanInput, planNode } from '../src/controller/plan-node.ts'
import { decodePool } from '../src/pools/pool.ts'
import { prefix } from './support/prefix.ts'

const pool = (name: string, cidr: string, spec = {}) => decodePool({ metadata: { name }, spec: { cidr, ...spec } })
const v4 = pool('v4', '10.0.0.0/16')
const v6 = pool('v6', 'fd00::/64')
const block = (cidr: string, free: number): KnownBlock => ({
  prefix: prefix(cidr),
  affinity: 'host:a',
  free,
  empty: free === 64,
  sequenceNumber: 1n,
  used: new Map(),
  allocations: [],
})
const input: NodePlanInput = {
  node: 'a',
  labels: {},
  pools: [v4, v6],
  own: [],
  takenOf: () => 0n,
  nodeCount: 3,
  settings: defaultSettings,
}
const plan = (overrides: Partial<NodePlanInput>) =>
  planNode({ ...input, ...overrides }).map(
    ({ family, pools, why }) => `${why} ${family} ${pools.map(({ name }) => name)}`,
  )

describe('the blocks that a node should be given', () => {
  test.each<[string, Partial<NodePlanInput>, string[]]>([
    ['a new node gets one of each family', {}, ['first 4 v4', 'first 6 v6']],
    ['only of the families that have a pool', { pools: [v6] }, ['first 6 v6']],
    [
      'none when nodes may not take blocks by themselves',
      { settings: { ...defaultSettings, autoAllocateBlocks: false } },
      [],
    ],
    [
      'none of a pool that does not select the node',
      { pools: [pool('r', '10.0.0.0/16', { nodeSelector: 'rack == "1"' })] },
      [],
    ],
    [
      'none of a pool for certain namespaces',
      { pools: [pool('n', '10.0.0.0/16', { namespaceSelector: 'has(team)' })] },
      [],
    ],
    ['an idle one of another node when all are taken', { pools: [v4], takenOf: () => 1024n }, ['none 4 v4']],
    [
      'also when it has some and they are full',
      { pools: [v4], own: [block('10.0.0.0/26', 0)], takenOf: () => 1024n },
      ['none 4 v4'],
    ],
    [
      'nothing of others while it has an address',
      { pools: [v4], own: [block('10.0.0.0/26', 1)], takenOf: () => 1024n },
      [],
    ],
    ['the last one of a pool is still a first one', { pools: [v4], takenOf: () => 1023n }, ['first 4 v4']],
    [
      'nothing more while a quarter of a block is free',
      { own: [block('10.0.0.0/26', 16), block('fd00::/122', 64)] },
      [],
    ],
    ['one more below that', { own: [block('10.0.0.0/26', 15), block('fd00::/122', 64)] }, ['low 4 v4']],
    [
      'free addresses of all its blocks count',
      { own: [block('10.0.0.0/26', 8), block('10.0.0.64/26', 8), block('fd00::/122', 64)] },
      [],
    ],
    [
      'no more when not every node could still get one',
      { pools: [v4], own: [block('10.0.0.0/26', 0)], takenOf: () => 1022n },
      [],
    ],
    [
      'no more than the node may have',
      { pools: [v4], own: [block('10.0.0.0/26', 0)], settings: { ...defaultSettings, maxBlocksPerHost: 1 } },
      [],
    ],
    [
      'a block outside the pools of the node is not its first',
      { pools: [v4], own: [block('172.16.0.0/26', 64)] },
      ['first 4 v4'],
    ],
  ])('%s', (_, overrides, expected) => {
    expect(plan(overrides)).toEqual(expected)
  })
})
