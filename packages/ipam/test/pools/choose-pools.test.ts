import { describe, expect, test } from '@jest/globals'
import type { IPPool } from '@manx/api'
import { choosePools, type PoolQuery } from '../../src/pools/choose-pools.ts'
import { decodePool } from '../../src/pools/pool.ts'

const pool = (name: string, cidr: string, spec: Partial<IPPool['spec']> = {}, metadata = {}) =>
  decodePool({ metadata: { name, ...metadata }, spec: { cidr, ...spec } })

const pools = [
  pool('z-all', '10.9.0.0/16'),
  pool('a-rack', '10.1.0.0/16', { nodeSelector: 'rack == "1"' }),
  pool('ns', '10.2.0.0/16', { namespaceSelector: 'team == "red"' }),
  pool('manual', '10.3.0.0/16', { assignmentMode: 'Manual' }),
  pool('lb', '10.4.0.0/16', { allowedUses: ['LoadBalancer'] }),
  pool('off', '10.5.0.0/16', { disabled: true }),
  pool('going', '10.6.0.0/16', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
  pool('faulty', '10.7.0.0/16', { nodeSelector: 'rack ==' }),
  pool('six', 'fd00::/64'),
]
const query: PoolQuery = { family: 4, use: 'Workload', nodeLabels: { rack: '1' } }
const names = (overrides: Partial<PoolQuery>) =>
  choosePools(pools, { ...query, ...overrides }).pools.map(({ name }) => name)

describe('the choice of pools', () => {
  test.each<[string, Partial<PoolQuery>, string[]]>([
    ['by name among those that match', {}, ['a-rack', 'z-all']],
    ['without those whose nodeSelector does not match', { nodeLabels: {} }, ['z-all']],
    ['by namespace', { namespaceLabels: { team: 'red' } }, ['a-rack', 'ns', 'z-all']],
    ['by use', { use: 'LoadBalancer' }, ['lb']],
    ['by family', { family: 6 }, ['six']],
    [
      'as requested, past selectors and mode, in that order',
      { requested: ['manual', '10.2.0.0/16'] },
      ['manual', 'ns'],
    ],
  ])('%s', (_, overrides, expected) => {
    expect(names(overrides)).toEqual(expected)
  })

  test('says of each pool why it was left out', () => {
    expect(
      Object.fromEntries(
        choosePools(pools, { ...query, nodeLabels: {} }).findings.map((one) => [one.pool, one.reason]),
      ),
    ).toEqual({
      'a-rack': 'nodeSelector does not match the node',
      faulty: expect.stringMatching(/^spec\.nodeSelector: .* at position/),
      going: 'is being deleted',
      lb: 'allowedUses lacks Workload',
      manual: 'assignmentMode is Manual',
      ns: 'namespaceSelector wants a namespace',
      off: 'is disabled',
    })
  })

  test.each([
    ['nowhere', /the requested pool nowhere does not exist; IPv4 pools: z-all \(10\.9\.0\.0\/16\), /],
    ['six', /is not an IPv4 pool/],
    ['off', /off: is disabled/],
  ])('refuses the requested pool %s', (wanted, message) => {
    expect(() => names({ requested: [wanted] })).toThrow(message)
  })
})
