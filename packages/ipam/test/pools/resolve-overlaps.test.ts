import { expect, test } from '@jest/globals'
import { decodeMalformedPool, decodePool } from '../../src/pools/pool.ts'
import { resolveOverlaps } from '../../src/pools/resolve-overlaps.ts'

const pool = (name: string, cidr: string, minute: number, spec = {}) =>
  decodePool({
    metadata: { name, creationTimestamp: new Date(minute * 60_000).toISOString() },
    spec: { cidr, ...spec },
  })

const malformed = (name: string, cidr: string) =>
  decodeMalformedPool(
    { apiVersion: '', kind: '', metadata: { name, creationTimestamp: new Date(0).toISOString() }, spec: { cidr } },
    'spec.nodeSelector is wrong',
  )

test.each<[string, ReturnType<typeof pool>[], Record<string, string>]>([
  ['pools apart are all used', [pool('a', '10.0.0.0/16', 1), pool('b', '10.1.0.0/16', 2)], {}],
  [
    'the older one is used, whatever their sizes',
    [pool('a', '10.0.0.0/24', 2), pool('b', '10.0.0.0/16', 1), pool('c', '10.0.0.0/8', 3)],
    { a: 'b', c: 'b' },
  ],
  ['of the same age the first by name', [pool('b', '10.0.0.0/16', 1), pool('a', '10.0.0.0/16', 1)], { b: 'a' }],
  [
    'one that is not used closes no other',
    [pool('old', '10.0.0.0/24', 1), pool('big', '10.0.0.0/16', 2), pool('young', '10.0.9.0/24', 3)],
    { big: 'old' },
  ],
  [
    'a disabled one still has its addresses',
    [pool('a', '10.0.0.0/24', 1, { disabled: true }), pool('b', '10.0.0.0/24', 2)],
    { b: 'a' },
  ],
  ['families are apart', [pool('a', '0.0.0.0/0', 1), pool('b', '::/0', 2)], {}],
  [
    'a malformed one closes no other, whatever its age',
    [malformed('old', '10.0.0.0/8'), pool('young', '10.0.0.0/24', 2)],
    { old: 'young' },
  ],
  ['nor does one malformed another', [malformed('a', '10.0.0.0/8'), malformed('b', '10.0.0.0/8')], {}],
  ['a pool without addresses overlaps nothing', [pool('a', 'x', 1), pool('b', '0.0.0.0/0', 2)], {}],
])('%s', (_, pools, expected) => {
  const resolved = resolveOverlaps(pools)
  expect(resolved.map(({ name }) => name)).toEqual(pools.map(({ name }) => name))
  expect(Object.fromEntries(resolved.flatMap(({ name, overlaps }) => (overlaps ? [[name, overlaps]] : [])))).toEqual(
    expected,
  )
  for (const { overlaps, closed, malformed: wrong } of resolved) {
    if (overlaps !== undefined) expect(closed).toContain(wrong === true ? 'nodeSelector' : overlaps)
  }
})

test.each([undefined, 7, 'text', {}, { cidr: 7 }, { cidr: '10.0.0.0' }, []])(
  'a malformed pool may have any spec: %p',
  (spec) => {
    const metadata = { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' }
    const decoded = decodeMalformedPool({ apiVersion: '', kind: '', metadata, spec }, 'all is wrong')
    expect(decoded).toMatchObject({
      name: 'x',
      unreadable: true,
      terminating: true,
      malformed: true,
      closed: 'all is wrong',
    })
  },
)
