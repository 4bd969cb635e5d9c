import { describe, expect, test } from '@jest/globals'
import type { IPPool } from '@manx/api'
import { podFamilies } from '../../src/pods/usable-pools.ts'

const v4 = { cidr: '10.0.0.0/16' }
const v6 = { cidr: 'fd00::/48' }
const pool = (spec: IPPool['spec'], index: number): IPPool => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'IPPool',
  metadata: { name: `pool-${index}` },
  spec,
})
const query = { nodeLabels: { rack: 'a' }, ipv6: true }

describe('the families of pods', () => {
  test.each<[string, IPPool['spec'][], object, number[], number[]]>([
    ['none without a pool', [], {}, [], []],
    ['those of the pools', [v6, v4], {}, [4, 6], [4, 6]],
    ['IPv4 only on a node without IPv6', [v4, v6], { ipv6: false }, [4], [4]],
    ['not of disabled pools', [v4, { ...v6, disabled: true }], {}, [4], [4]],
    ['not of pools for load balancers', [v4, { ...v6, allowedUses: ['LoadBalancer'] }], {}, [4], [4, 6]],
    ['not of pools that must be asked for', [{ ...v4, assignmentMode: 'Manual' }, v6], {}, [6], [4, 6]],
    ['not of pools for other nodes', [v4, { ...v6, nodeSelector: "rack == 'b'" }], {}, [4], [4, 6]],
    ['those of pools for this node', [v4, { ...v6, nodeSelector: "rack == 'a'" }], {}, [4, 6], [4, 6]],
    ['not of pools with a faulty selector', [v4, { ...v6, nodeSelector: 'rack ==' }], {}, [4], [4]],
    ['for any namespace all', [v4, { ...v6, namespaceSelector: "team == 'x'" }], {}, [4, 6], [4, 6]],
    [
      'not of pools for other namespaces',
      [v4, { ...v6, namespaceSelector: "team == 'x'" }],
      { namespaceLabels: { team: 'y' } },
      [4],
      [4, 6],
    ],
  ])('are %s', (_, specs, more, families, onRequest) => {
    expect(podFamilies(specs.map(pool), { ...query, ...more })).toEqual({ families, onRequest })
  })

  test('are not those of a pool that is being deleted', () => {
    const metadata = { name: 'p', deletionTimestamp: '2026-01-01T00:00:00Z' }
    expect(podFamilies([pool(v4, 0), { ...pool(v6, 1), metadata }], query).families).toEqual([4])
  })

  test('are not those of a pool that overlaps an older one, whatever its status says', () => {
    const older = pool({ ...v6, nodeSelector: "rack == 'b'" }, 1)
    const younger = pool({ cidr: 'fd00:0:0:1::/64' }, 2)
    expect(podFamilies([younger, pool(v4, 0), older], query).families).toEqual([4])
    expect(podFamilies([younger, pool(v4, 0)], query).families).toEqual([4, 6])
  })
})
