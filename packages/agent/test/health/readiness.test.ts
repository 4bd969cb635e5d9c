import { describe, expect, test } from '@jest/globals'
import { allReasons, type Condition, componentsOf, podReadiness, podReasons } from '../../src/health/readiness.ts'

const good: Condition = {
  synced: true,
  bootstrap: undefined,
  felix: [{ name: 'nftables', ready: true, reason: '' }],
  bgpReady: true,
  havePool: true,
  ipvs: undefined,
}

describe('a node', () => {
  test.each([
    ['is ready', {}, []],
    ['waits for the API server', { synced: false, havePool: false }, ['the API server has not been read yet']],
    ['waits for its registration', { bootstrap: 'no address' }, ['no address']],
    ['waits for a pool', { havePool: false }, ['no enabled IPPool for pods selects this node']],
    [
      'waits for its dataplane',
      { felix: [{ name: 'routes', ready: false, reason: 'EPERM' }] },
      ['felix routes: EPERM'],
    ],
  ])('%s', (_, change, expected) => {
    expect(podReasons({ ...good, ...change })).toEqual(expected)
  })

  test('serves pods without BGP, but is not ready', () => {
    const alone = { ...good, bgpReady: false }
    expect(podReasons(alone)).toEqual([])
    expect(allReasons(alone)).toHaveLength(1)
  })

  test('takes no pods where kube-proxy passes by policy, and is not ready where somebody else may', () => {
    const found = (isKubeProxy: boolean) => ({ ...good, ipvs: { reason: 'ipvs', isKubeProxy } })
    expect([podReasons(found(true)), allReasons(found(true))]).toEqual([['ipvs'], ['ipvs']])
    expect([podReasons(found(false)), allReasons(found(false))]).toEqual([[], ['ipvs']])
  })

  test('that was ready stays so for a minute of trouble', () => {
    let now = 0
    let reasons: string[] = ['not yet']
    const read = podReadiness(
      () => reasons,
      () => now,
    )
    expect(read()).toEqual({ ready: false, limited: false, reason: 'not yet' })
    reasons = []
    expect(read()).toEqual({ ready: true })
    reasons = ['broken']
    now = 59_000
    expect(read()).toEqual({ ready: true })
    now = 61_000
    expect(read()).toEqual({ ready: false, limited: false, reason: 'broken' })
  })
})

test('a component that hangs is neither live nor ready, and the others are what they are', () => {
  const components = componentsOf({ ...good, synced: false }, [{ name: 'bgp', seconds: 100 }])
  expect(Object.fromEntries(components.map(({ name, ...rest }) => [name, rest]))).toEqual({
    datastore: { live: true, ready: false, reason: 'the API server has not been read yet' },
    node: { live: true, ready: true, reason: '' },
    'felix nftables': { live: true, ready: true, reason: '' },
    pools: { live: true, ready: true, reason: '' },
    bgp: { live: false, ready: false, reason: 'has not come to an end for 100 s' },
    felix: { live: true, ready: true, reason: '' },
    cni: { live: true, ready: true, reason: '' },
  })
})
