import { describe, expect, test } from '@jest/globals'
import { checkLabOptions } from '../src/plan/lab-options.ts'
import { inOrder, planLab } from '../src/plan/lab-plan.ts'

describe('the plan of a lab', () => {
  test('three nodes are two in rack 1 with one AS and one in rack 2 with its own', () => {
    const { nodes } = planLab({ name: 'lab', nodes: 3, mesh: false })
    expect(nodes).toEqual([
      { name: 'node1', rack: 1, asNumber: 65101, address: { v4: '172.21.0.11', v6: 'fd00:21::11' } },
      { name: 'node2', rack: 1, asNumber: 65101, address: { v4: '172.21.0.12', v6: 'fd00:21::12' } },
      { name: 'node3', rack: 2, asNumber: 65203, address: { v4: '172.22.0.13', v6: 'fd00:22::13' } },
    ])
  })

  test('with a mesh all nodes are on one subnet and no router speaks BGP', () => {
    const plan = planLab({ name: 'lab', nodes: 3, mesh: true })
    expect(plan.nodes.map(({ address }) => address.v4)).toEqual(['172.21.0.11', '172.21.0.12', '172.21.0.13'])
    expect(plan.routers).toEqual([])
  })

  test.each([false, true])('every address is given once and every link joins hosts that exist (mesh: %p)', (mesh) => {
    const plan = planLab({ name: 'lab', nodes: 200, mesh })
    const ends = plan.links.flatMap(({ a, b }) => [a, b])
    const addresses = [...ends, ...plan.hosts.flatMap(({ bridges }) => bridges)].flatMap((end) => end.addresses)
    expect(new Set(addresses).size).toBe(addresses.length)
    const hosts = new Set(plan.hosts.map(({ name }) => name))
    expect(ends.filter(({ host }) => !hosts.has(host))).toEqual([])
    // A name of a Linux interface has at most 15 bytes.
    expect(ends.filter(({ name }) => name.length > 15)).toEqual([])
  })

  test('the address that others use for a host is on one of its interfaces', () => {
    for (const mesh of [false, true]) {
      const plan = planLab({ name: 'lab', nodes: 3, mesh })
      for (const host of plan.hosts) {
        const ends = plan.links.flatMap(({ a, b }) => [a, b]).filter((end) => end.host === host.name)
        const own = [...ends, ...host.bridges].flatMap(({ addresses }) => addresses)
        expect(own).toEqual(expect.arrayContaining([`${host.address.v4}/24`, `${host.address.v6}/64`]))
      }
    }
  })

  test('with IPv6 first the Services of the cluster itself have IPv6 addresses', () => {
    const plan = planLab({ name: 'lab', nodes: 3, mesh: false, ipv6Primary: true })
    expect([plan.apiServiceAddress, plan.dnsAddress]).toEqual(['fd00:10:96::1', 'fd00:10:96::a'])
    expect(inOrder(plan, plan.serviceCidr)).toBe('fd00:10:96::/112,10.96.0.0/16')
  })

  test('labs whose names begin alike have namespaces that do not', () => {
    const namespaces = (name: string) => planLab({ name, nodes: 1, mesh: false }).hosts.map((host) => host.namespace)
    expect(namespaces('a-b').filter((namespace) => namespace.startsWith('manx.a.'))).toEqual([])
  })
})

describe('options', () => {
  test.each([
    [{ name: 'Lab' }, '--name "Lab": 1 to 16 lower-case letters, digits and inner hyphens are allowed'],
    [{ name: '../x' }, '--name "../x": 1 to 16 lower-case letters, digits and inner hyphens are allowed'],
    [{ name: 'a.b' }, '--name "a.b": 1 to 16 lower-case letters, digits and inner hyphens are allowed'],
    [{ name: '-a' }, '--name "-a": 1 to 16 lower-case letters, digits and inner hyphens are allowed'],
    [{ nodes: 0 }, '--nodes 0: a whole number from 1 to 200 is allowed'],
    [{ nodes: 201 }, '--nodes 201: a whole number from 1 to 200 is allowed'],
  ])('%j is refused', (wrong, message) => {
    expect(() => checkLabOptions({ name: 'lab', nodes: 3, mesh: false, ...wrong })).toThrow(message)
  })

  test.each(['a', 'lab', 'lab-2', 'a234567890123456'])('the name %s is taken', (name) => {
    expect(checkLabOptions({ name, nodes: 1, mesh: false }).name).toBe(name)
  })
})
