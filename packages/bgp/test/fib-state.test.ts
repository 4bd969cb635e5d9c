import { describe, expect, test } from '@jest/globals'
import type { Route } from '@manx/netlink'
import fc from 'fast-check'
import { FibState } from '../src/fib/fib-state.ts'
import type { ReadPath } from '../src/speaker/path-message.ts'

const eth0 = 2
const eth1 = 3

function connected(destination: string, index = eth0, dead = false): Route {
  const family = destination.includes(':') ? 6 : 4
  return { family, destination, protocol: 2, nextHops: [{ interface: index, ...(dead ? { dead } : {}) }] }
}

function via(destination: string, gateway: string, index = eth0): Route {
  return { ...connected(destination), nextHops: [{ gateway, interface: index }] }
}

function ours(destination: string, ...hops: string[]): Route {
  const nextHops = hops.map((gateway) => ({ gateway, interface: eth0 }))
  return { family: 4, destination, table: 254, protocol: 80, metric: 1024, nextHops }
}

function path(prefix: string, neighbor: string, nextHop?: string): ReadPath {
  const family = prefix.includes(':') ? 6 : 4
  const withdrawn = nextHop === undefined
  return { prefix, family, neighbor, identifier: 0, withdrawn, ...(nextHop === undefined ? {} : { nextHop }) }
}

const noBlocks = { blackholes: [], metric: { 4: 1024, 6: 1024 } } as const

/** A state that has read this kernel; nothing is retained any more. */
function settled(routes: Route[]): FibState {
  const state = new FibState()
  state.setKernelPlan(noBlocks)
  state.loadKernel(routes)
  state.endRetention()
  apply(state)
  return state
}

function apply(state: FibState) {
  const changes = state.takeChanges()
  state.applied(changes)
  return changes
}

const byText = (a: string, b: string) => (a < b ? -1 : 1)
const words = ({ destination, type, nextHops }: Route) =>
  `${type === 'blackhole' ? 'blackhole ' : ''}${destination}${nextHops.map((hop) => ` via ${hop.gateway} dev ${hop.interface}`).join('')}`
const inWords = (changes: { replace: readonly Route[]; delete: readonly Route[] }) => ({
  replace: changes.replace.map(words),
  delete: changes.delete.map(words),
})

describe('from paths to routes', () => {
  const lan = connected('10.0.0.0/24')
  const cases: { name: string; kernel: Route[]; paths: ReadPath[]; replace: string[] }[] = [
    {
      name: 'a next hop on the link is the gateway',
      kernel: [lan],
      paths: [path('10.244.1.0/26', '10.0.0.2', '10.0.0.2')],
      replace: ['10.244.1.0/26 via 10.0.0.2 dev 2'],
    },
    {
      name: 'a next hop beyond a router is reached through that router',
      kernel: [lan, via('0.0.0.0/0', '10.0.0.1')],
      paths: [path('10.244.1.0/26', '10.9.0.2', '10.9.0.2')],
      replace: ['10.244.1.0/26 via 10.0.0.1 dev 2'],
    },
    {
      name: 'the longest match decides, then the lower metric',
      kernel: [
        lan,
        { ...via('10.9.0.0/16', '10.0.0.8'), metric: 50 },
        { ...via('10.9.0.0/16', '10.0.0.9'), metric: 10 },
        via('0.0.0.0/0', '10.0.0.1'),
      ],
      paths: [path('10.244.1.0/26', 'x', '10.9.0.2')],
      replace: ['10.244.1.0/26 via 10.0.0.9 dev 2'],
    },
    {
      name: 'equal paths become one multipath route, in a fixed order and without doubles',
      kernel: [lan],
      paths: [
        path('10.244.1.0/26', 'b', '10.0.0.3'),
        path('10.244.1.0/26', 'a', '10.0.0.2'),
        path('10.244.1.0/26', 'c', '10.0.0.2'),
      ],
      replace: ['10.244.1.0/26 via 10.0.0.2 dev 2 via 10.0.0.3 dev 2'],
    },
    {
      name: 'the multipath route to a next hop is taken over whole',
      kernel: [
        connected('10.0.1.0/24'),
        {
          ...via('10.9.0.0/16', '10.0.0.1'),
          nextHops: [
            { gateway: '10.0.0.1', interface: eth0 },
            { gateway: '10.0.1.1', interface: eth1 },
          ],
        },
      ],
      paths: [path('10.244.1.0/26', 'x', '10.9.0.2')],
      replace: ['10.244.1.0/26 via 10.0.0.1 dev 2 via 10.0.1.1 dev 3'],
    },
    {
      name: 'a link without carrier gives way to the next match',
      kernel: [connected('10.0.0.0/24', eth0, true), via('0.0.0.0/0', '10.1.0.1', eth1)],
      paths: [path('10.244.1.0/26', 'x', '10.0.0.2')],
      replace: ['10.244.1.0/26 via 10.1.0.1 dev 3'],
    },
    {
      name: 'IPv6 works the same way',
      kernel: [connected('2001:db8::/64')],
      paths: [path('fd00:1::/122', 'x', '2001:db8::2')],
      replace: ['fd00:1::/122 via 2001:db8::2 dev 2'],
    },
  ]
  for (const { name, kernel, paths, replace } of cases) {
    test(name, () => {
      const state = settled(kernel)
      state.setPaths(paths)
      expect(inWords(apply(state))).toEqual({ replace, delete: [] })
      expect([...state.notInstalled]).toEqual([])
    })
  }

  for (const [name, kernel, nextHop] of [
    ['without a route to the next hop', [lan], '10.9.0.2'],
    [
      'when the route to the next hop is a blackhole',
      [{ ...connected('10.9.0.0/16'), type: 'blackhole', nextHops: [] }],
      '10.9.0.2',
    ],
    ['when the next hop is link-local', [connected('fe80::/64')], 'fe80::1'],
  ] as const) {
    test(`nothing is written ${name}, and that is told`, () => {
      const state = settled([...kernel])
      state.setPaths([path('10.244.1.0/26', 'x', nextHop)])
      expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
      expect([...state.notInstalled]).toEqual([
        { prefix: '10.244.1.0/26', reason: 'unresolvable', nextHops: [nextHop] },
      ])
    })
  }

  test('a route of somebody else with the same destination and metric is never replaced', () => {
    const pod: Route = { ...connected('10.244.0.5/32', 7), metric: 1024, protocol: 3 }
    const state = settled([lan, pod])
    state.setPaths([path('10.244.0.5/32', 'x', '10.0.0.2')])
    expect(inWords(apply(state)).replace).toEqual([])
    expect([...state.notInstalled].map(({ reason }) => reason)).toEqual(['local'])
    state.onRoute('removed', pod)
    expect(inWords(apply(state)).replace).toEqual(['10.244.0.5/32 via 10.0.0.2 dev 2'])
  })

  test('a next hop that becomes reachable, moves and vanishes takes its routes along', () => {
    const state = settled([lan])
    state.setPaths([path('10.244.1.0/26', 'x', '10.9.0.2'), path('10.244.2.0/26', 'x', '10.0.0.3')])
    expect(inWords(apply(state)).replace).toEqual(['10.244.2.0/26 via 10.0.0.3 dev 2'])
    state.onRoute('set', via('10.9.0.0/16', '10.0.0.1'))
    expect(inWords(apply(state)).replace).toEqual(['10.244.1.0/26 via 10.0.0.1 dev 2'])
    state.onRoute('set', connected('10.9.0.2/32', eth1))
    expect(inWords(apply(state)).replace).toEqual(['10.244.1.0/26 via 10.9.0.2 dev 3'])
    state.onRoute('removed', connected('10.9.0.2/32', eth1))
    state.onRoute('removed', via('10.9.0.0/16', '10.0.0.1'))
    expect(inWords(apply(state))).toEqual({ replace: [], delete: ['10.244.1.0/26 via 10.9.0.2 dev 3'] })
  })

  test('a withdrawn path leaves the others; the last one takes the route away', () => {
    const state = settled([lan])
    state.setPaths([path('10.244.1.0/26', 'a', '10.0.0.2'), path('10.244.1.0/26', 'b', '10.0.0.3')])
    apply(state)
    state.setPaths([path('10.244.1.0/26', 'a')])
    expect(inWords(apply(state))).toEqual({ replace: ['10.244.1.0/26 via 10.0.0.3 dev 2'], delete: [] })
    state.setPaths([path('10.244.1.0/26', 'b')])
    expect(inWords(apply(state))).toEqual({ replace: [], delete: ['10.244.1.0/26 via 10.0.0.3 dev 2'] })
  })
})

describe('own blocks', () => {
  const lan = connected('10.0.0.0/24')

  test('become blackholes, whatever peers say of them', () => {
    const state = settled([lan])
    state.setKernelPlan({ ...noBlocks, blackholes: ['10.244.0.0/26', 'fd00:1::/122'] })
    state.setPaths([path('10.244.0.0/26', 'x', '10.0.0.2')])
    expect(inWords(apply(state)).replace.sort()).toEqual(['blackhole 10.244.0.0/26', 'blackhole fd00:1::/122'])
  })

  test('that were given back follow what peers say', () => {
    const state = settled([lan])
    state.setKernelPlan({ ...noBlocks, blackholes: ['10.244.0.0/26'] })
    apply(state)
    state.setPaths([path('10.244.0.0/26', 'x', '10.0.0.2')])
    state.setKernelPlan(noBlocks)
    expect(inWords(apply(state))).toEqual({ replace: ['10.244.0.0/26 via 10.0.0.2 dev 2'], delete: [] })
  })

  test('move to a new metric without a moment in which neither is there', () => {
    const state = settled([lan])
    state.setKernelPlan({ ...noBlocks, blackholes: ['10.244.0.0/26'] })
    apply(state)
    state.setKernelPlan({ blackholes: ['10.244.0.0/26'], metric: { 4: 500, 6: 500 } })
    const changes = apply(state)
    expect(changes.replace.map(({ metric }) => metric)).toEqual([500])
    expect(changes.delete.map(({ metric }) => metric)).toEqual([1024])
  })
})

describe('restarts', () => {
  const lan = connected('10.0.0.0/24')

  test('what an earlier agent wrote and is still right is not written again', () => {
    const state = new FibState()
    state.setKernelPlan(noBlocks)
    state.loadKernel([lan, ours('10.244.1.0/26', '10.0.0.2')])
    state.setPaths([path('10.244.1.0/26', 'x', '10.0.0.2')])
    expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
  })

  test('nothing is deleted before the end of retention, then what nobody explains', () => {
    const state = new FibState()
    state.setKernelPlan(noBlocks)
    state.loadKernel([lan, ours('10.244.1.0/26', '10.0.0.2'), ours('10.244.9.0/26', '10.0.0.9')])
    expect(inWords(apply(state)).delete).toEqual([])
    state.setPaths([path('10.244.1.0/26', 'x', '10.0.0.2')])
    expect(inWords(apply(state)).delete).toEqual([])
    state.endRetention()
    expect(inWords(apply(state))).toEqual({ replace: [], delete: ['10.244.9.0/26 via 10.0.0.9 dev 2'] })
  })

  test('a speaker that starts anew keeps the routes until they are told again or withdrawn', () => {
    const state = settled([lan])
    const prefixes = ['10.244.1.0/26', '10.244.2.0/26', '10.244.3.0/26']
    state.setPaths(prefixes.map((prefix) => path(prefix, 'x', '10.0.0.2')))
    apply(state)
    state.beginTable()
    expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
    state.setPaths([path('10.244.1.0/26', 'x', '10.0.0.2'), path('10.244.2.0/26', 'x', '10.0.0.2')])
    state.setPaths([path('10.244.2.0/26', 'x')])
    expect(inWords(apply(state)).delete).toEqual(['10.244.2.0/26 via 10.0.0.2 dev 2'])
    state.endRetention()
    expect(inWords(apply(state)).delete).toEqual(['10.244.3.0/26 via 10.0.0.2 dev 2'])
  })

  test('a route that somebody deletes or changes is put back, and one that is not ours to have goes', () => {
    const state = settled([lan])
    state.setPaths([path('10.244.1.0/26', 'x', '10.0.0.2')])
    apply(state)
    state.onRoute('removed', ours('10.244.1.0/26', '10.0.0.2'))
    expect(inWords(apply(state)).replace).toEqual(['10.244.1.0/26 via 10.0.0.2 dev 2'])
    state.onRoute('set', ours('10.244.1.0/26', '10.0.0.77'))
    expect(inWords(apply(state)).replace).toEqual(['10.244.1.0/26 via 10.0.0.2 dev 2'])
    state.onRoute('set', ours('10.244.7.0/26', '10.0.0.2'))
    expect(inWords(apply(state)).delete).toEqual(['10.244.7.0/26 via 10.0.0.2 dev 2'])
  })

  test('routes to pods are left alone, even under our protocol number', () => {
    const pod: Route = { ...connected('10.244.0.5/32', 7), metric: 1024, protocol: 80 }
    const pod6: Route = { ...connected('fd00:1::5/128', 7), metric: 1024, protocol: 80 }
    const dropped: Route = { ...connected('10.244.0.6/32'), protocol: 80, type: 'blackhole', nextHops: [] }
    const state = settled([lan, pod, pod6, dropped])
    state.onRoute('set', { ...pod, destination: '10.244.0.7/32' })
    expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
    state.setPaths([path('10.244.0.5/32', 'x', '10.0.0.2')])
    expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
    expect([...state.notInstalled].map(({ reason }) => reason)).toEqual(['local'])
    state.onRoute('removed', pod)
    expect(inWords(apply(state)).replace).toEqual(['10.244.0.5/32 via 10.0.0.2 dev 2'])
    // What this prefix's borrower announced and an earlier agent wrote is ours to take away.
    state.onRoute('set', ours('10.244.0.9/32', '10.0.0.2'))
    expect(inWords(apply(state)).delete).toEqual(['10.244.0.9/32 via 10.0.0.2 dev 2'])
  })

  test('only links that carry next hops are a reason to read the kernel anew', () => {
    const state = settled([lan, connected('10.1.0.0/24', eth1, true)])
    state.setPaths([path('10.244.1.0/26', 'x', '10.0.0.2')])
    expect(state.isConcernedBy(eth0, false)).toBe(true)
    expect(state.isConcernedBy(eth1, false)).toBe(false)
    expect(state.isConcernedBy(eth1, true)).toBe(true)
    expect(state.isConcernedBy(99, true)).toBe(false)
  })
})

test('any order of news ends in the same kernel as the last state told at once', () => {
  const gateways = ['10.0.0.2', '10.0.0.3', '10.9.0.2', '10.8.0.1']
  const prefixes = ['10.244.1.0/26', '10.244.2.0/26', '10.244.3.0/26']
  const others = [via('10.9.0.0/16', '10.0.0.1'), connected('10.8.0.0/24', eth1), via('0.0.0.0/0', '10.0.0.254')]
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('path' as const),
      prefix: fc.constantFrom(...prefixes),
      neighbor: fc.constantFrom('a', 'b'),
      nextHop: fc.option(fc.constantFrom(...gateways), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('route' as const),
      route: fc.constantFrom(...others),
      change: fc.constantFrom('set' as const, 'removed' as const),
    }),
    fc.record({ kind: fc.constant('block' as const), blackholes: fc.subarray(prefixes) }),
    fc.record({ kind: fc.constant('vandal' as const), prefix: fc.constantFrom(...prefixes), back: fc.boolean() }),
    fc.record({ kind: fc.constant('flush' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const base = [connected('10.0.0.0/24')]
      const state = settled(base)
      const kernel = new Map<string, Route>()
      const flush = () => {
        const changes = apply(state)
        for (const route of changes.replace) kernel.set(route.destination, route)
        for (const route of changes.delete) kernel.delete(route.destination)
      }
      const paths = new Map<string, ReadPath>()
      const foreign = new Map<string, Route>()
      let blackholes: string[] = []
      for (const one of steps) {
        if (one.kind === 'path') {
          const told = path(one.prefix, one.neighbor, one.nextHop)
          paths.set(`${one.prefix} ${one.neighbor}`, told)
          state.setPaths([told])
        } else if (one.kind === 'route') {
          if (one.change === 'set') foreign.set(one.route.destination, one.route)
          else foreign.delete(one.route.destination)
          state.onRoute(one.change, one.route)
        } else if (one.kind === 'block') {
          blackholes = one.blackholes
          state.setKernelPlan({ ...noBlocks, blackholes })
        } else if (one.kind === 'vandal') {
          const mine = kernel.get(one.prefix)
          if (mine !== undefined) state.onRoute('removed', mine)
          kernel.delete(one.prefix)
          if (one.back) {
            kernel.set(one.prefix, ours(one.prefix, '10.0.0.66'))
            state.onRoute('set', ours(one.prefix, '10.0.0.66'))
          }
        } else flush()
      }
      flush()
      const once = settled([...base, ...foreign.values()])
      once.setKernelPlan({ ...noBlocks, blackholes })
      once.setPaths(paths.values())
      const expected = inWords(apply(once)).replace.sort(byText)
      expect([...kernel.values()].map((route) => words(route)).sort(byText)).toEqual(expected)
      expect(inWords(apply(state))).toEqual({ replace: [], delete: [] })
    }),
  )
})
