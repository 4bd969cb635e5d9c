import { describe, expect, test } from '@jest/globals'
import type { BGPConfiguration, BGPPeer, IPPool } from '@manx/api'
import fc from 'fast-check'
import type { PlanInput, PlanNode } from '../src/plan/input.ts'
import { plan } from '../src/plan/plan.ts'

const apiVersion = 'projectcalico.org/v3'

function node(name: string, number: number, more: Partial<PlanNode> = {}): PlanNode {
  const addresses = { 4: `10.0.0.${number}`, 6: `2001:db8::${number}` }
  return { name, labels: { 'kubernetes.io/hostname': name }, addresses, ...more }
}

function peer(name: string, spec: BGPPeer['spec']): BGPPeer {
  return { apiVersion, kind: 'BGPPeer', metadata: { name }, spec }
}

function pool(cidr: string, more: Partial<IPPool['spec']> = {}): IPPool {
  return { apiVersion, kind: 'IPPool', metadata: { name: 'pool' }, spec: { cidr, ...more } }
}

function configuration(spec: BGPConfiguration['spec'], name = 'default'): Map<string, BGPConfiguration> {
  return new Map([[name, { apiVersion, kind: 'BGPConfiguration', metadata: { name }, spec }]])
}

function input(more: Partial<PlanInput> & { list?: PlanNode[] } = {}): PlanInput {
  const { list = [node('a', 1), node('b', 2)], ...rest } = more
  return {
    node: 'a',
    nodes: new Map(list.map((one) => [one.name, one])),
    configurations: new Map(),
    peers: [],
    pools: [pool('10.244.0.0/16'), pool('fd00:1::/48')],
    blocks: [],
    localAddresses: [],
    passwords: new Map(),
    settings: {},
    ...rest,
  }
}

const noMesh = configuration({ nodeToNodeMeshEnabled: false })
const byText = (a: string, b: string) => (a < b ? -1 : 1)
const addresses = (one: PlanInput) => [...(plan(one).desired?.peers.keys() ?? [])].sort(byText)
const reasons = (one: PlanInput) => plan(one).findings.map(({ object, reason }) => `${object} ${reason}`)

describe('who this node is', () => {
  for (const [name, more, expected] of [
    ['the defaults', {}, { asn: 64512, routerId: '10.0.0.1', listenPort: 179, listenAddresses: [] }],
    ['the AS of the cluster', { configurations: configuration({ asNumber: 4_200_000_001 }) }, { asn: 4_200_000_001 }],
    ['the AS of the node', { list: [node('a', 1, { asNumber: 65001 })] }, { asn: 65001 }],
    ['a given router id', { settings: { routerId: '1.2.3.4' } }, { routerId: '1.2.3.4' }],
    ['a port of its own', { configurations: configuration({ listenPort: 1790 }, 'node.a') }, { listenPort: 1790 }],
    [
      'its addresses to listen on',
      { configurations: configuration({ bindMode: 'NodeIP' }) },
      { listenAddresses: ['10.0.0.1', '2001:db8::1'] },
    ],
  ] as const) {
    test(name, () => expect(plan(input(more as Partial<PlanInput>)).desired?.global).toMatchObject(expected))
  }

  test('a hashed router id is stable, differs by node and looks like a unicast address', () => {
    const id = (name: string) =>
      plan(input({ node: name, list: [node(name, 1)], settings: { routerId: 'hash' } })).desired?.global.routerId
    expect(id('a')).toBe(id('a'))
    expect(id('a')).not.toBe(id('b'))
    expect(Number(id('a')?.split('.')[0])).toBeLessThan(224)
  })

  test('a node with IPv6 only gets a hashed router id', () => {
    const only6 = node('a', 1, { addresses: { 6: '2001:db8::1' } })
    expect(plan(input({ list: [only6] })).desired?.global.routerId).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  })

  test('without an address, or with a router id that is none, there is no plan but a finding', () => {
    expect(reasons(input({ list: [] }))).toEqual(['Node/a NoAddress'])
    expect(reasons(input({ list: [node('a', 1, { addresses: {} })] }))).toEqual(['Node/a NoAddress'])
    expect(reasons(input({ settings: { routerId: 'x' } }))).toEqual(['Node/a Invalid'])
  })
})

describe('mesh', () => {
  test('one session per other node and family', () => {
    const list = [node('a', 1), node('b', 2), node('c', 3, { addresses: { 4: '10.0.0.3' } })]
    expect(addresses(input({ list }))).toEqual(['10.0.0.2', '10.0.0.3', '2001:db8::2'])
  })

  test('nodes may have AS numbers and ports of their own', () => {
    const one = input({
      list: [node('a', 1), node('b', 2, { asNumber: 65002 })],
      configurations: configuration({ listenPort: 1790 }, 'node.b'),
    })
    expect(plan(one).desired?.peers.get('10.0.0.2')).toMatchObject({
      asn: 65002,
      localAsn: 64512,
      port: 1790,
      localAddress: '10.0.0.1',
    })
  })

  test('is off when it is off, and for route reflectors on both sides', () => {
    expect(addresses(input({ configurations: noMesh }))).toEqual([])
    expect(addresses(input({ list: [node('a', 1, { clusterId: '1.0.0.1' }), node('b', 2)] }))).toEqual([])
    expect(addresses(input({ list: [node('a', 1), node('b', 2, { clusterId: '1.0.0.1' })] }))).toEqual([])
  })

  test('an explicit peer takes the place of the mesh session', () => {
    const one = input({ peers: [peer('b', { peerIP: '10.0.0.2', asNumber: 64512, keepaliveTime: '5s' })] })
    expect(plan(one).desired?.peers.get('10.0.0.2')).toMatchObject({
      origin: 'global',
      source: 'BGPPeer/b',
      keepalive: 5,
      holdTime: 90,
    })
    expect(plan(one).desired?.peers.get('2001:db8::2')).toMatchObject({ origin: 'node-to-node mesh' })
  })

  test('has its password and restart time, and does not come up without the password', () => {
    const spec = { nodeMeshPassword: { secretKeyRef: { name: 's', key: 'k' } }, nodeMeshMaxRestartTime: '4m' }
    const without = input({ configurations: configuration(spec) })
    expect(addresses(without)).toEqual([])
    expect(reasons(without)).toEqual(['BGPConfiguration/default PasswordMissing'])
    const withIt = { ...without, passwords: new Map([['s/k', 'geheim']]) }
    expect(plan(withIt).desired?.peers.get('10.0.0.2')).toMatchObject({ password: 'geheim', restartTime: 240 })
  })
})

describe('BGPPeer', () => {
  const only = (spec: BGPPeer['spec'], more: Partial<PlanInput> & { list?: PlanNode[] } = {}) =>
    input({ configurations: noMesh, peers: [peer('tor', spec)], ...more })

  for (const [name, spec, expected] of [
    ['global', { peerIP: '10.0.0.254', asNumber: 65000 }, ['10.0.0.254']],
    ['of this node', { node: 'a', peerIP: '10.0.0.254', asNumber: 65000 }, ['10.0.0.254']],
    ['of another node', { node: 'b', peerIP: '10.0.0.254', asNumber: 65000 }, []],
    [
      'of selected nodes',
      { nodeSelector: "kubernetes.io/hostname == 'a'", peerIP: '10.0.0.254', asNumber: 65000 },
      ['10.0.0.254'],
    ],
    [
      'of nodes that are not this',
      { nodeSelector: "kubernetes.io/hostname == 'b'", peerIP: '10.0.0.254', asNumber: 65000 },
      [],
    ],
    ['that is this node itself', { peerIP: '10.0.0.1', asNumber: 64512 }, []],
    ['of IPv6', { peerIP: '2001:db8::254', asNumber: 65000 }, ['2001:db8::254']],
    ['of selected peer nodes', { peerSelector: "kubernetes.io/hostname == 'b'" }, ['10.0.0.2', '2001:db8::2']],
    [
      'that selects this node as peer of others',
      { node: 'b', peerSelector: "kubernetes.io/hostname == 'a'" },
      ['10.0.0.2', '2001:db8::2'],
    ],
    [
      'that selects this node, but not back',
      { node: 'b', peerSelector: "kubernetes.io/hostname == 'a'", reversePeering: 'Manual' },
      [],
    ],
  ] as const) {
    test(name, () => {
      expect(addresses(only(spec as BGPPeer['spec']))).toEqual(expected)
      expect(reasons(only(spec as BGPPeer['spec']))).toEqual([])
    })
  }

  test('the fields of a session', () => {
    const spec: BGPPeer['spec'] = {
      node: 'a',
      peerIP: '[2001:db8::254]:1790',
      asNumber: 65000,
      localASNumber: 65009,
      numAllowedLocalASNumbers: 2,
      ttlSecurity: 1,
      sourceAddress: 'None',
      maxRestartTime: '1m30s',
      keepaliveTime: '40s',
      password: { secretKeyRef: { name: 's', key: 'k' } },
    }
    const { desired } = plan(only(spec, { passwords: new Map([['s/k', 'geheim']]) }))
    expect(desired?.peers.get('2001:db8::254')).toEqual({
      address: '2001:db8::254',
      family: 6,
      port: 1790,
      asn: 65000,
      localAsn: 65009,
      origin: 'node specific',
      source: 'BGPPeer/tor',
      passive: false,
      password: 'geheim',
      allowedOwnAsns: 2,
      keepalive: 40,
      holdTime: 120,
      restartTime: 90,
      minimumTtl: 255,
    })
  })

  for (const [name, spec, expected] of [
    [
      'a missing password',
      { peerIP: '10.0.0.254', asNumber: 1, password: { secretKeyRef: { name: 's', key: 'k' } } },
      'PasswordMissing',
    ],
    ['a filter', { peerIP: '10.0.0.254', asNumber: 1, filters: ['f'] }, 'Unsupported'],
    ['a peer that is no address', { peerIP: 'tor-1', asNumber: 1 }, 'Invalid'],
    ['a selector that does not end', { nodeSelector: "a == 'b", peerIP: '10.0.0.254', asNumber: 1 }, 'Invalid'],
  ] as const) {
    test(`${name} stops this session, is named, and stops no other`, () => {
      const good = peer('good', { peerIP: '10.0.0.253', asNumber: 65000 })
      const one = input({ configurations: noMesh, peers: [peer('tor', spec as BGPPeer['spec']), good] })
      expect(addresses(one)).toEqual(['10.0.0.253'])
      expect(reasons(one)).toEqual([`BGPPeer/tor ${expected}`])
    })
  }

  test('a password that nobody has read yet leaves the session with the one of before, or with what gobgpd has', () => {
    const spec = { peerIP: '10.0.0.254', asNumber: 1, password: { secretKeyRef: { name: 's', key: 'k' } } }
    const unreadSecrets = new Set(['s'])
    const first = only(spec, { unreadSecrets })
    expect(plan(first).desired?.peers.get('10.0.0.254')).toMatchObject({ passwordUnread: true })
    expect(reasons(first)).toEqual(['BGPPeer/tor PasswordUnread'])
    const before = plan(only(spec, { passwords: new Map([['s/k', 'geheim']]) })).desired?.peers ?? new Map()
    const later = plan(only(spec, { unreadSecrets, before })).desired?.peers.get('10.0.0.254')
    expect(later).toEqual(before.get('10.0.0.254'))
    expect(reasons(only(spec, { before }))).toEqual(['BGPPeer/tor PasswordMissing'])
    const optional = { ...spec, password: { secretKeyRef: { name: 's', key: 'k', optional: true } } }
    expect(plan(only(optional, { unreadSecrets, before })).desired?.peers.get('10.0.0.254')).toEqual(later)
    expect(plan(only(optional, { before })).desired?.peers.get('10.0.0.254')?.password).toBeUndefined()
  })

  test('findings never carry the password', () => {
    const password = 'x'.repeat(81)
    const spec = { peerIP: '10.0.0.254', asNumber: 1, password: { secretKeyRef: { name: 's', key: 'k' } } }
    const { findings, desired } = plan(only(spec, { passwords: new Map([['s/k', password]]) }))
    expect(desired?.peers.size).toBe(0)
    expect(JSON.stringify(findings)).not.toContain(password)
  })

  test('a peer of a family that this node lacks is named', () => {
    const list = [node('a', 1, { addresses: { 4: '10.0.0.1' } })]
    expect(reasons(only({ peerIP: '2001:db8::254', asNumber: 65000 }, { list }))).toEqual(['BGPPeer/tor NoAddress'])
  })

  test('the global one of two for the same address counts, and the other is named', () => {
    const peers = [
      peer('a-node', { node: 'a', peerIP: '10.0.0.254', asNumber: 65001 }),
      peer('z-global', { peerIP: '10.0.0.254', asNumber: 65000 }),
    ]
    const one = input({ configurations: noMesh, peers })
    expect(plan(one).desired?.peers.get('10.0.0.254')).toMatchObject({ asn: 65000, origin: 'global' })
    expect(reasons(one)).toEqual(['BGPPeer/a-node Shadowed'])
  })
})

describe('route reflectors', () => {
  const reflector = node('a', 1, { clusterId: '1.0.0.1', labels: { rr: 'true' } })
  const twin = node('r', 9, { clusterId: '1.0.0.1', labels: { rr: 'true' } })
  const toReflectors = peer('rr', { nodeSelector: '!has(rr)', peerSelector: 'has(rr)' })
  const amongReflectors = peer('rr-rr', { nodeSelector: 'has(rr)', peerSelector: 'has(rr)' })

  test('have all nodes as clients, reflect to iBGP peers, and peer with their twin as equals', () => {
    const { desired } = plan(
      input({ configurations: noMesh, list: [reflector, node('b', 2), twin], peers: [toReflectors, amongReflectors] }),
    )
    expect(desired?.peers.get('10.0.0.2')).toMatchObject({ clusterId: '1.0.0.1' })
    expect(desired?.peers.get('10.0.0.9')?.clusterId).toBeUndefined()
    expect(desired?.policy.reflectTo).toEqual(['10.0.0.2', '10.0.0.9', '2001:db8::2', '2001:db8::9'])
  })

  test('do not reflect to eBGP peers', () => {
    const peers = [peer('tor', { peerIP: '10.0.0.254', asNumber: 65000 })]
    expect(plan(input({ list: [reflector], peers })).desired?.policy.reflectTo).toEqual([])
  })

  test('clients reflect nothing', () => {
    const { desired } = plan(input({ node: 'b', list: [reflector, node('b', 2)], peers: [toReflectors] }))
    expect(desired?.peers.get('10.0.0.1')).toMatchObject({ origin: 'node specific' })
    expect(desired?.policy.reflectTo).toEqual([])
  })
})

describe('routes', () => {
  test('own blocks are announced, and dropped where no pod has them', () => {
    const { desired } = plan(input({ blocks: ['10.244.0.0/26', 'fd00:1::/122', '10.244.9.9/32'] }))
    expect([...(desired?.paths.values() ?? [])]).toEqual([
      { prefix: '10.244.0.0/26', family: 4 },
      { prefix: '10.244.9.9/32', family: 4 },
      { prefix: 'fd00:1::/122', family: 6 },
    ])
    expect(desired?.kernel.blackholes).toEqual(['10.244.0.0/26', 'fd00:1::/122'])
  })

  test('addresses of other blocks are announced one by one; those of own blocks and of no pool are not', () => {
    const { desired } = plan(
      input({ blocks: ['10.244.0.0/26'], localAddresses: ['10.244.0.5', '10.244.7.7', '192.0.2.9', 'fd00:1::7'] }),
    )
    expect([...(desired?.paths.keys() ?? [])].sort(byText)).toEqual(['10.244.0.0/26', '10.244.7.7/32', 'fd00:1::7/128'])
  })

  test('what a pool withholds is not announced', () => {
    const pools = [pool('10.244.0.0/16', { disableBGPExport: true })]
    const { desired } = plan(input({ pools, blocks: ['10.244.0.0/26'], localAddresses: ['10.244.7.7'] }))
    expect([...(desired?.paths.keys() ?? [])]).toEqual([])
    expect(desired?.kernel.blackholes).toEqual(['10.244.0.0/26'])
    expect(desired?.policy.withheld).toEqual([{ prefix: '10.244.0.0/16', min: 16, max: 32 }])
  })

  test('imports are what is inside of pools, but own blocks; single borrowed addresses of own blocks come in', () => {
    const { desired } = plan(input({ blocks: ['10.244.0.0/26', '10.244.9.9/32', 'fd00:1::/122'] }))
    expect(desired?.policy).toMatchObject({
      pools: [
        { prefix: '10.244.0.0/16', min: 16, max: 32 },
        { prefix: 'fd00:1::/48', min: 48, max: 128 },
      ],
      ownBlocks: [
        { prefix: '10.244.0.0/26', min: 26, max: 31 },
        { prefix: '10.244.9.9/32', min: 32, max: 32 },
        { prefix: 'fd00:1::/122', min: 122, max: 127 },
      ],
      importAll: false,
    })
    expect(plan(input({ settings: { importAll: true } })).desired?.policy.importAll).toBe(true)
  })

  test('a block of a family that the node lacks is named', () => {
    const list = [node('a', 1, { addresses: { 4: '10.0.0.1' } })]
    expect(reasons(input({ list, blocks: ['fd00:1::/122'] }))).toEqual(['Node/a NoAddress'])
  })
})

describe('for any cluster', () => {
  const anyNode = fc.record({
    number: fc.integer({ min: 1, max: 30 }),
    families: fc.constantFrom('4', '6', '46'),
    asNumber: fc.option(fc.integer({ min: 64512, max: 64515 }), { nil: undefined }),
    reflector: fc.option(fc.constantFrom('1.0.0.1', '1.0.0.2'), { nil: undefined }),
  })
  const cluster = fc
    .uniqueArray(anyNode, { minLength: 2, maxLength: 8, selector: ({ number }) => number })
    .map((nodes) =>
      nodes.map(({ number, families, asNumber, reflector }) =>
        node(`n${number}`, number, {
          labels: reflector === undefined ? {} : { rr: reflector },
          addresses: {
            ...(families.includes('4') ? { 4: `10.0.0.${number}` } : {}),
            ...(families.includes('6') ? { 6: `2001:db8::${number}` } : {}),
          },
          ...(asNumber === undefined ? {} : { asNumber }),
          ...(reflector === undefined ? {} : { clusterId: reflector }),
        }),
      ),
    )
  const somePeers = fc.subarray([
    peer('to-rr', { nodeSelector: '!has(rr)', peerSelector: 'has(rr)' }),
    peer('rr-rr', { nodeSelector: 'has(rr)', peerSelector: 'has(rr)' }),
    peer('all', { peerSelector: 'all()' }),
  ])

  test('sessions between nodes are planned on both sides alike, and one side dials', () => {
    fc.assert(
      fc.property(cluster, somePeers, (list, peers) => {
        const plans = new Map(list.map(({ name }) => [name, plan(input({ node: name, list, peers })).desired]))
        for (const here of list) {
          for (const [address, session] of plans.get(here.name)?.peers ?? []) {
            const there = list.find((one) => Object.values(one.addresses).includes(address))
            if (there === undefined) throw new Error(`nobody has ${address}`)
            expect(there.name).not.toBe(here.name)
            const back = plans.get(there.name)?.peers.get(here.addresses[session.family] ?? '')
            expect(back).toBeDefined()
            expect([back?.asn, back?.localAsn]).toEqual([session.localAsn, session.asn])
            expect(back?.passive).toBe(!session.passive)
            expect(back?.origin === 'node-to-node mesh').toBe(session.origin === 'node-to-node mesh')
          }
        }
      }),
    )
  })

  test('the plan does not depend on the order of objects', () => {
    fc.assert(
      fc.property(cluster, somePeers, (list, peers) => {
        const one = input({ node: list[0]?.name ?? '', list, peers, blocks: ['10.244.0.0/26', '10.244.1.0/26'] })
        const other = {
          ...one,
          nodes: new Map([...one.nodes].reverse()),
          peers: [...peers].reverse(),
          blocks: ['10.244.1.0/26', '10.244.0.0/26'],
        }
        const sorted = ({ desired }: ReturnType<typeof plan>) => ({
          ...desired,
          peers: [...(desired?.peers.values() ?? [])].sort((a, b) => (a.address < b.address ? -1 : 1)),
          paths: [...(desired?.paths.values() ?? [])],
        })
        expect(sorted(plan(other))).toEqual(sorted(plan(one)))
      }),
    )
  })
})
