import { describe, expect, test } from '@jest/globals'
import { addressAt, formatAddress } from '@manx/api'
import fc from 'fast-check'
import { findLeaks, type LeakSearch } from '../src/controller/find-leaks.ts'
import type { KnownAllocation } from '../src/controller/informers.ts'
import { type KnownPod, mayUse } from '../src/controller/known-pod.ts'
import { leakSettings } from '../src/controller/leak-settings.ts'
import { prefix } from './support/prefix.ts'

const block = prefix('10.0.0.0/26')
const allocation = (ordinal: number, change: Partial<KnownAllocation> = {}): KnownAllocation => ({
  ordinal,
  sequenceNumber: 1n,
  handle: `h${ordinal}`,
  namespace: 'shop',
  pod: 'web',
  node: 'n1',
  ...change,
})
/** As with several networks: it says the address of the first one. */
const inSandbox: KnownPod = { node: 'n1', addresses: ['10.0.0.9'], containerId: 'c2', evicted: false }
const runs: KnownPod = { node: 'n1', addresses: ['10.0.0.1'], evicted: false }

/** Two searches, with the time between them. */
function search(change: Partial<LeakSearch> & { allocations: readonly KnownAllocation[] }, apart = 1000) {
  const { allocations, ...rest } = change
  const common = { blocks: [{ prefix: block, allocations }], pod: () => undefined, isReady: () => true, grace: 1000 }
  const first = findLeaks({ ...common, ...rest, candidates: new Map(), now: 0 })
  expect(first.confirmed).toEqual([])
  return findLeaks({ ...common, ...rest, candidates: first.candidates, now: apart })
}
const ordinals = (found: ReturnType<typeof search>) => found.confirmed.map(({ ordinal }) => ordinal)

describe('an address is a leak', () => {
  test.each<[string, number[], Partial<LeakSearch>, Partial<KnownAllocation>]>([
    ['when its pod is gone', [1], {}, {}],
    ['when its pod runs on another node', [1], { pod: () => ({ ...runs, node: 'n2' }) }, {}],
    ['when its pod has another one', [1], { pod: () => ({ ...runs, addresses: ['10.0.0.9'] }) }, {}],
    ['when its pod was evicted', [1], { pod: () => ({ ...runs, evicted: true }) }, {}],
    ['but not when its pod has it', [], { pod: () => runs }, {}],
    ['but not while it is not known what its pod has', [], { pod: () => ({ ...runs, addresses: [] }) }, {}],
    ['but not on a node whose kubelet does not work', [], { isReady: () => false }, {}],
    ['when its pod has a newer sandbox', [1], { pod: () => inSandbox }, { handle: 'net2.c1' }],
    ['but not when it was given to the sandbox of its pod', [], { pod: () => inSandbox }, { handle: 'net2.c2' }],
    ['when that pod was evicted', [1], { pod: () => ({ ...inSandbox, evicted: true }) }, { handle: 'net2.c2' }],
    ['but not when it is reserved', [], {}, { handle: 'windows-reserved-ipam-handle' }],
  ])('%s', (_, expected, change, own) => {
    expect(ordinals(search({ ...change, allocations: [allocation(1, own)] }))).toEqual(expected)
  })

  test('only after the time of grace', () => {
    const early = search({ allocations: [allocation(1)] }, 999)
    expect(early.confirmed).toEqual([])
    expect(early.candidates.size).toBe(1)
  })

  test('not when somebody else was given it meanwhile', () => {
    const first = findLeaks({
      blocks: [{ prefix: block, allocations: [allocation(1)] }],
      pod: () => undefined,
      isReady: () => true,
      candidates: new Map([['10.0.0.0/26 1 0', { block, node: 'n1', since: -5000 }]]),
      now: 0,
      grace: 1000,
    })
    expect(first.confirmed).toEqual([])
  })

  test('together with all that its handle has, or not at all', () => {
    const pod = (key: string) => (key === 'shop/web' ? runs : undefined)
    const same = [allocation(1, { handle: 'h' }), allocation(2, { handle: 'h', pod: 'gone' })]
    expect(ordinals(search({ pod, allocations: same }))).toEqual([])
    expect(ordinals(search({ pod, allocations: [allocation(1), allocation(2, { pod: 'gone' })] }))).toEqual([2])
  })

  test('whatever happens, never while a pod has it', () => {
    const pods = fc.record({
      node: fc.constantFrom('n1', 'n2'),
      addresses: fc.subarray(['10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3']),
      evicted: fc.boolean(),
    })
    const round = fc.record({
      pods: fc.dictionary(fc.constantFrom('shop/a', 'shop/b'), pods),
      owners: fc.array(
        fc.record({ ordinal: fc.nat(3), pod: fc.constantFrom('a', 'b'), node: fc.constantFrom('n1', 'n2') }),
        { maxLength: 4 },
      ),
      wait: fc.nat(2000),
    })
    fc.assert(
      fc.property(fc.array(round, { maxLength: 8 }), (rounds) => {
        let candidates: LeakSearch['candidates'] = new Map()
        let now = 0
        for (const { pods: known, owners, wait } of rounds) {
          now += wait
          const pod = (key: string) => (Object.hasOwn(known, key) ? known[key] : undefined)
          const allocations = owners.map(({ ordinal, ...owner }) =>
            allocation(ordinal, { ...owner, handle: owner.pod }),
          )
          const blocks = [{ prefix: block, allocations }]
          const found = findLeaks({ blocks, pod, isReady: () => true, candidates, now, grace: 1000 })
          for (const { ordinal, pod: name, node } of found.confirmed) {
            const address = addressAt(block, ordinal)
            expect(address === undefined ? '' : formatAddress(address)).toBe(`10.0.0.${ordinal}`)
            expect(mayUse(pod(`shop/${name}`), { node, address })).toBe(false)
          }
          candidates = found.candidates
        }
      }),
    )
  })
})

test.each([
  [undefined, 900_000, 450_000],
  [{}, 0, 300_000],
  [{ node: {} }, 900_000, 450_000],
  [{ node: { leakGracePeriod: '1m' } }, 60_000, 30_000],
  [{ node: { leakGracePeriod: '0s' } }, 0, 300_000],
])('settings %j: %i ms of grace, a search each %i ms', (controllers, grace, period) => {
  const stored = controllers === undefined ? undefined : { spec: { controllers } }
  expect(leakSettings(stored)).toEqual({ grace, period })
  // What can be followed of a malformed one counts.
  if (stored !== undefined) expect(leakSettings(stored, true)).toEqual({ grace, period })
})
