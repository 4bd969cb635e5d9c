import { describe, expect, test } from '@jest/globals'
import { birdConfig } from '../src/fabric/bird-config.ts'
import { frrConfig } from '../src/fabric/frr-config.ts'
import { gobgpConfig } from '../src/fabric/gobgp-config.ts'
import { routeCommands, wantedRoutes } from '../src/fabric/gobgp-routes.ts'
import { chooseRouterKinds, standInNotice } from '../src/fabric/router-kinds.ts'
import { connectedPrefixes } from '../src/fabric/start-gobgp.ts'
import { planLab } from '../src/plan/lab-plan.ts'

const plan = planLab({ name: 'lab', nodes: 3, mesh: false })
const [spine, tor1, tor2] = plan.routers
if (spine === undefined || tor1 === undefined || tor2 === undefined) throw new Error('three routers are planned')

describe('configurations', () => {
  test("FRR takes any node of the rack's subnet that has the rack's AS", () => {
    const lines = frrConfig(tor1).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'router bgp 65001',
        ' neighbor nodes-ipv4 remote-as 65101',
        ' bgp listen range 172.21.0.0/24 peer-group nodes-ipv4',
        ' bgp listen range fd00:21::/64 peer-group nodes-ipv6',
        ' neighbor 172.20.1.1 remote-as 65000',
        '  maximum-paths 8',
      ]),
    )
  })

  test('BIRD takes nodes of any other AS and merges paths', () => {
    const config = birdConfig(tor2)
    expect(config).toContain('neighbor range 172.22.0.0/24 external;')
    expect(config).toContain('neighbor range fd00:22::/64 external;')
    expect(config).toContain('neighbor 172.20.2.1 as 65000;')
    expect(config.match(/merge paths on/g)).toHaveLength(2)
  })

  test('GoBGP lists every node of its rack in both families', () => {
    const nodes = plan.nodes.filter(({ rack }) => rack === 1)
    const addresses = [...gobgpConfig(tor1, nodes).matchAll(/neighbor-address = "(.*)"/g)].map(([, address]) => address)
    expect(addresses).toEqual([
      ...['172.20.1.1', 'fd00:20:1::1'],
      ...['172.21.0.11', 'fd00:21::11', '172.21.0.12', 'fd00:21::12'],
    ])
  })

  test('GoBGP is told of the subnets on its own interfaces', () => {
    expect(connectedPrefixes(plan, 'tor2')).toEqual([
      ['172.20.2.0/24', 'ipv4'],
      ['fd00:20:2::/64', 'ipv6'],
      ['172.22.0.0/24', 'ipv4'],
      ['fd00:22::/64', 'ipv6'],
    ])
  })
})

describe('what runs on which router', () => {
  test.each([
    [{ frr: true, bird: true }, { spine: 'frr', tor1: 'frr', tor2: 'bird' }, undefined],
    [{ frr: false, bird: true }, { spine: 'bird', tor1: 'gobgp', tor2: 'bird' }, 'GoBGP stands in on tor1'],
    [{ frr: true, bird: false }, { spine: 'frr', tor1: 'frr', tor2: 'gobgp' }, 'GoBGP stands in on tor2'],
    [
      { frr: false, bird: false },
      { spine: 'gobgp', tor1: 'gobgp', tor2: 'gobgp' },
      'GoBGP stands in on spine, tor1, tor2',
    ],
  ] as const)('with %j', (available, kinds, notice) => {
    const chosen = chooseRouterKinds(plan.routers, available)
    expect(chosen).toEqual(kinds)
    if (notice === undefined) expect(standInNotice(chosen)).toBeUndefined()
    else expect(standInNotice(chosen)).toContain(notice)
  })
})

describe("GoBGP's table in the kernel", () => {
  const path = (nexthop: string, best = false) => ({ best, attrs: [{ type: 1 }, { type: 3, nexthop }] })

  test('the first path is the best, own paths ask for no route', () => {
    const rib = { '10.0.0.0/26': [path('192.0.2.1', true), path('192.0.2.2')], '192.0.2.0/24': [path('0.0.0.0', true)] }
    expect([...wantedRoutes(rib)]).toEqual([['10.0.0.0/26', ['192.0.2.1']]])
  })

  test('only differences become commands', () => {
    const present = new Map([
      ['10.0.0.0/26', ['192.0.2.1']],
      ['10.0.0.64/26', ['192.0.2.1']],
    ])
    const wanted = new Map([
      ['10.0.0.0/26', ['192.0.2.1']],
      ['fd00::/122', ['fe80::1', 'fe80::2']],
    ])
    expect(routeCommands(present, wanted)).toEqual([
      'route replace fd00::/122 proto 186 nexthop via fe80::1 nexthop via fe80::2',
      'route delete 10.0.0.64/26 proto 186',
    ])
  })
})
