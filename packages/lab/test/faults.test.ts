import { describe, expect, test } from '@jest/globals'
import { readAudit, repeated } from '../src/faults/audit.ts'
import { bgpEdits } from '../src/faults/bgp-edits.ts'
import { addressesOf } from '../src/faults/block-addresses.ts'
import { compareDumps, manxRoutes, nftLines, withoutHandles } from '../src/faults/kernel-dump.ts'
import { rejectedObjects } from '../src/faults/malformed.ts'
import { malformedObjects } from '../src/faults/malformed-objects.ts'
import { isProgram } from '../src/faults/node-programs.ts'
import { nftEvent, routeEvent } from '../src/faults/watch-kernel.ts'
import { bgpObjects } from '../src/install/bgp-objects.ts'
import { planLab } from '../src/plan/lab-plan.ts'

describe('what is in the kernel', () => {
  const table = (elements: string) => `table inet manx { # handle 3
	map egress-dispatch { # handle 7
		type ifname : verdict
		elements = { ${elements} }
	}

	chain egress { # handle 1
		type filter hook forward priority filter; policy accept;
		ct state established,related counter accept # handle 12
	}
}
`
  test('does not depend on the order of elements', () => {
    const lines = nftLines(table('"cali1" : accept,\n\t\t\t     "cali2" : goto lo-1'))
    expect(lines).toEqual(nftLines(table('"cali2" : goto lo-1, "cali1" : accept')))
    expect(lines).toContain('map egress-dispatch: "cali2" : goto lo-1')
    expect(lines).toContain('chain egress: ct state established,related counter accept # handle 12')
  })

  test('shows a rule that was removed and added again by its handle', () => {
    const before = { nft: nftLines(table('')), routes: [] }
    const after = { nft: nftLines(table('').replace('handle 12', 'handle 99')), routes: [] }
    expect(compareDumps(before, after)).toHaveLength(2)
    expect(compareDumps(withoutHandles(before), withoutHandles(after))).toEqual([])
  })

  test('has the routes that the agent writes, and no others', () => {
    const routes = [
      '10.244.25.192/26 via 172.21.0.12 dev eth0 proto 80 metric 1024',
      '10.244.126.128 dev calic4178ab4e09 scope link metric 1024',
      'blackhole 10.244.126.128/26 proto 80 metric 1024',
      'fd00:10:244::40 dev calic4178ab4e09 metric 1024 pref medium',
    ]
    const others = [
      'default via 172.21.0.1 dev eth0',
      'fe80::/64 dev calic4178ab4e09 proto kernel metric 256 pref medium',
      'local fe80::ecee:eeff:feee:eeee dev calic4178ab4e09 table local proto kernel metric 0 pref medium',
      'multicast ff00::/8 dev calic4178ab4e09 table local proto kernel metric 256 pref medium',
    ]
    expect(manxRoutes([...others, ...routes].join('\n'))).toEqual(
      routes.toSorted((a, b) => (a < b ? -1 : Number(a > b))),
    )
  })

  test.each([
    ['Deleted 10.244.1.0/26 via 172.21.0.12 dev eth0 proto 80 metric 1024', true],
    ['10.244.1.0/26 via 172.21.0.12 dev eth0 proto 80 metric 1024', false],
    ['Deleted 192.0.2.0/24 via 172.21.0.1 dev eth0 proto bgp', undefined],
  ])('a change of routes: %s', (line, removed) => {
    expect(routeEvent('node1', line)?.removed).toBe(removed)
  })

  test.each([
    ['delete rule inet manx egress handle 12', true],
    ['add element inet manx egress-dispatch { "cali1" : accept }', false],
    ['delete rule ip kube-proxy services handle 12', undefined],
    ['# new generation 5 by process 1 (x)', undefined],
  ])('a change of rules: %s', (line, removed) => {
    expect(nftEvent('node1', line)?.removed).toBe(removed)
  })
})

test.each([
  [['/opt/manx/bin/node', '/opt/manx/agent.cjs', ''], 'agent', true],
  [['/opt/manx/bin/node', '--max-old-space-size=1', '/opt/manx/agent.cjs', ''], 'agent', true],
  [['/opt/manx/bin/node', '/opt/manx/agent.cjs', 'gobgpd', ''], 'agent', false],
  [['/opt/manx/bin/gobgpd', '--api-hosts', 'unix:///x'], 'gobgpd', true],
  [['/opt/manx/bin/gobgp', 'global'], 'gobgpd', false],
] as const)('%j as %s: %p', (words, program, is) => {
  expect(isProgram(words, program)).toBe(is)
})

describe('the audit log', () => {
  const event = (verb: string, stage: string, extra: object = {}) =>
    JSON.stringify({
      stage,
      verb,
      user: {
        username: 'system:serviceaccount:manx-system:manx-agent',
        extra: { 'authentication.kubernetes.io/node-name': ['node1'] },
      },
      objectRef: { resource: 'pods' },
      responseStatus: { code: 200 },
      requestReceivedTimestamp: '2026-03-01T08:00:00.000000Z',
      ...extra,
    })

  test('counts a watch when it starts and everything else when it ended', () => {
    const requests = readAudit(
      [
        event('watch', 'ResponseStarted'),
        event('watch', 'ResponseComplete'),
        event('patch', 'ResponseComplete', { objectRef: { resource: 'pods', subresource: 'status' } }),
        '{"stage": "Respo',
      ].join('\n'),
    )
    const at = Date.UTC(2026, 2, 1, 8)
    expect(requests).toEqual([
      { client: 'node1', verb: 'watch', resource: 'pods', code: 200, at },
      { client: 'node1', verb: 'patch', resource: 'pods/status', code: 200, at },
    ])
  })

  test('names who asks for the same again and again', () => {
    const requests = readAudit(Array.from({ length: 5 }, () => event('list', 'ResponseComplete')).join('\n'))
    expect(repeated(requests, 5, 30)).toEqual([])
    expect(repeated(requests, 4, 30)).toEqual(['node1: list pods 5 times in 30 s'])
  })

  test('says nothing of who asks now and then', () => {
    const lines = Array.from({ length: 8 }, (_, index) =>
      event('list', 'ResponseComplete', { requestReceivedTimestamp: new Date(index * 15_000).toISOString() }),
    )
    const requests = readAudit(lines.join('\n'))
    expect(repeated(requests, 2, 30)).toEqual([])
    expect(repeated(requests, 2, 31)).toEqual(['node1: list pods 3 times in 31 s'])
  })

  test('tells pods of one account apart, and objects that are asked for by name', () => {
    const by = (pod: string, name: string) =>
      event('watch', 'ResponseStarted', {
        user: {
          username: 'system:serviceaccount:manx-system:manx-controllers',
          extra: { 'authentication.kubernetes.io/pod-name': [pod] },
        },
        objectRef: { resource: 'leases', name },
      })
    const requests = readAudit([by('a', 'x'), by('b', 'x'), by('b', 'y'), by('b', 'y')].join('\n'))
    expect(repeated(requests, 1, 30)).toEqual(['b: watch leases y 2 times in 30 s'])
  })
})

test.each([
  ['10.244.1.64/30', ['10.244.1.64', '10.244.1.65', '10.244.1.66', '10.244.1.67']],
  ['fd00:10:244::/127', ['fd00:10:244::0', 'fd00:10:244::1']],
  ['fd00:10:244:1:2:3:4:3e/126', [0x3e, 0x3f, 0x40, 0x41].map((byte) => `fd00:10:244:1:2:3:4:${byte.toString(16)}`)],
])('addresses of %s', (cidr, addresses) => {
  expect(addressesOf(cidr)).toEqual(addresses)
})

test('malformed objects have names and keys of their own', () => {
  const objects = malformedObjects()
  expect(new Set(objects.map(({ key }) => key)).size).toBe(objects.length)
})

test.each([false, true])('a slip of the pen is one in an object of the lab, and is taken back (mesh: %p)', (mesh) => {
  const plan = planLab({ name: 'lab', nodes: 3, mesh })
  for (const { kind, name, spoil, mend } of bgpEdits(plan)) {
    expect(Object.keys(mend.spec)).toEqual(Object.keys(spoil.spec))
    const before = Object.fromEntries(Object.entries(mend.spec).filter(([, value]) => value !== null))
    expect(bgpObjects(plan)).toContainEqual(
      expect.objectContaining({ kind, metadata: { name }, spec: expect.objectContaining(before) }),
    )
  }
})

test('rejected objects are counted over all kinds', () => {
  const metrics =
    '# TYPE manx_rejected_objects gauge\nmanx_rejected_objects{kind="IPPool"} 1\nmanx_rejected_objects{kind="NetworkPolicy"} 6\n'
  expect(rejectedObjects(metrics)).toBe(7)
})
