import { describe, expect, test } from '@jest/globals'
import { planLab } from '../src/plan/lab-plan.ts'
import { captureProblem } from '../src/proof/capture-fabric.ts'
import { planProbes } from '../src/proof/plan-probes.ts'
import { judge, type ProbeWorld } from '../src/proof/probe.ts'
import { renderReport } from '../src/proof/render-report.ts'
import { podRoutes } from '../src/proof/router-view.ts'
import { readJunit } from '../src/proof/run-conformance.ts'
import { dialAnswer } from '../src/proof/run-probes.ts'
import { tunnelsAmong } from '../src/proof/tunnel-devices.ts'

const plan = planLab({ name: 'lab', nodes: 3, mesh: false })
const pods = (app: string, from: number) =>
  plan.nodes.map(({ name }, index) => ({
    name: `${app}-${name}`,
    node: name,
    address: { v4: `10.244.0.${from + index}`, v6: `fd00:10:244::${from + index}` },
  }))
const service = { clusterAddress: '10.96.1.1', itselfAddress: '10.96.1.2', nodePort: 30001, nodePortLocal: 30002 }
const world: ProbeWorld = {
  probes: pods('probe', 10),
  peers: pods('peer', 20),
  services: { v4: service, v6: { ...service, clusterAddress: 'fd00:10:96::1', itselfAddress: 'fd00:10:96::2' } },
}

describe('the probes', () => {
  const probes = planProbes(plan, world)
  const count = (check: string) => probes.filter((probe) => probe.check === check && probe.family === 'v6').length

  test.each([
    ['pod → pod, same node', 6],
    ['pod → pod, same rack', 4],
    ['pod → pod, across racks', 8],
    ['  hops: 5, across racks', 4],
    ['pod → its own Service (hairpin)', 3],
    ['pod → NodePort', 18],
    ['router → pod', 9],
    ['outside → pod', 3],
  ])('%s: %i in each family', (check, wanted) => {
    expect(count(check)).toBe(wanted)
  })

  test('between pods the server must see the pod itself', () => {
    const found = probes.find(({ check, family }) => check === 'pod → pod, across racks' && family === 'v4')
    expect(found?.expect).toEqual({ kind: 'client', addresses: ['10.244.0.10'] })
  })

  test("what leaves the pools must be the node's", () => {
    const found = probes.find(({ check, family }) => check === 'pod → outside (as its node)' && family === 'v6')
    expect(found?.expect).toEqual({ kind: 'client', addresses: ['fd00:21::11'] })
  })

  test('with a mesh no router is asked to know the pods', () => {
    const checks = planProbes(planLab({ name: 'lab', nodes: 3, mesh: true }), world).map(({ check }) => check)
    expect(checks).not.toContain('router → pod')
    expect(checks).toContain('pod → pod, across nodes')
  })
})

describe('judgement', () => {
  const client = { kind: 'client', addresses: ['10.0.0.1', 'fd00::1'] } as const
  test.each([
    [client, '10.0.0.1:4711', undefined],
    [client, '[fd00::1]:4711', undefined],
    [client, '[::ffff:10.0.0.1]:4711', undefined],
    [client, '10.0.0.2:4711', 'the server saw 10.0.0.2, expected 10.0.0.1 or fd00::1'],
    [{ kind: 'hostname', names: ['a'] } as const, 'a', undefined],
    [{ kind: 'hostname', names: ['a'] } as const, 'b', 'b answered, expected one of a'],
    [{ kind: 'ttl', values: [62, 61] } as const, '61', undefined],
    [{ kind: 'ttl', values: [59] } as const, '58', 'TTL 58 where 59 was expected'],
  ])('%j of %s', (expectation, answer, problem) => {
    expect(judge(expectation, answer)).toBe(problem)
  })

  test.each([
    ['{"responses":["10.0.0.1:5"]}', { text: '10.0.0.1:5' }],
    ['{"errors":["no route to host"]}', { error: 'no route to host' }],
    ['{}', { error: 'an empty answer' }],
  ])("agnhost's %s", (body, answer) => {
    expect(dialAnswer(body)).toEqual(answer)
  })
})

describe('a capture', () => {
  test.each([
    [['IP 10.0.0.1.4711 > 10.0.0.2.8080: Flags [S], seq 1'], undefined],
    [['IP6 fd00::1.4711 > fd00::2.8080: Flags [S], seq 1', 'IP6 fd00::2.8080 > fd00::1.4711: Flags [S.]'], undefined],
    [['IP 172.21.0.11.1 > 172.22.0.13.4789: VXLAN, flags [I] (0x08), vni 1'], 'not between'],
    [['IP 172.21.0.11 > 172.22.0.13: IP 10.0.0.1.4711 > 10.0.0.2.8080: Flags [S]'], 'not between'],
    [[], 'no packet was seen'],
  ])('%j', (lines, problem) => {
    const [from, to] = lines.join().includes('fd00') ? ['fd00::1', 'fd00::2'] : ['10.0.0.1', '10.0.0.2']
    const found = captureProblem(lines, from, to, 'listening on tor1')
    if (problem === undefined) expect(found).toBeUndefined()
    else expect(found).toContain(problem)
  })
})

test('a tunnel counts when it is up; the devices that modules bring are down', () => {
  const links = [
    { ifname: 'eth0', flags: ['UP'], linkinfo: { info_kind: 'veth' } },
    { ifname: 'tunl0', flags: ['NOARP'], linkinfo: { info_kind: 'ipip' } },
    { ifname: 'vxlan.calico', flags: ['UP'], linkinfo: { info_kind: 'vxlan' } },
    { ifname: 'lo', flags: ['UP'] },
  ]
  expect(tunnelsAmong(links)).toEqual(['vxlan.calico (vxlan)'])
})

test("a router's view holds the routes inside the pools, with every next hop", () => {
  const routes = [
    { dst: 'default', gateway: '172.20.1.1' },
    { dst: '172.21.0.0/24', protocol: 'kernel' },
    { dst: '10.244.1.0/26', gateway: '172.21.0.11', protocol: 'bgp' },
    { dst: 'fd00:10:244::40/122', nexthops: [{ gateway: 'fe80::1' }, { gateway: 'fe80::2' }], protocol: 'bird' },
    { dst: 'fd00:10:96::/112', protocol: 'bird' },
  ]
  expect(podRoutes(routes, plan)).toEqual([
    { prefix: '10.244.1.0/26', nextHops: ['172.21.0.11'], protocol: 'bgp' },
    { prefix: 'fd00:10:244::40/122', nextHops: ['fe80::1', 'fe80::2'], protocol: 'bird' },
  ])
})

test('the matrix names what failed, where and why', () => {
  const text = renderReport({
    passed: false,
    results: [
      { check: 'pod → pod', family: 'v4', total: 2, late: 1, failures: [] },
      { check: 'pod → pod', family: 'v6', total: 2, late: 0, failures: ['a → b: no answer'] },
    ],
    tunnels: [],
    captures: [],
    routers: { spine: [{ prefix: '10.244.1.0/26', nextHops: ['172.20.1.2'], protocol: 'bgp' }] },
  })
  expect(text.split('\n')).toEqual([
    '           IPv4               IPv6',
    'pod → pod  pass 2/2 (1 late)  FAIL 1/2',
    '',
    'pass  no tunnel device on any node',
    '',
    "router  nodes' blocks  next hop        from",
    'spine   10.244.1.0/26  via 172.20.1.2  bgp',
    '',
    'pod → pod, v6:',
    '  a → b: no answer',
    '',
    'NOT all of it holds.',
  ])
})

test('a report of the upstream tests counts what ran, and a failed set-up as a failure', () => {
  const text = `<testsuites>
    <testcase name="[BeforeSuite]" classname="x" status="passed" time="1"></testcase>
    <testcase name="[It] a &quot;b&quot;" classname="x" status="passed" time="1"></testcase>
    <testcase name="[It] c" classname="x" status="skipped" time="0"></testcase>
    <testcase name="[It] d" classname="x" status="failed" time="1"></testcase>
    <testcase name="[AfterSuite]" classname="x" status="panicked" time="1"></testcase>`
  expect(readJunit(text)).toEqual({ passed: 1, failed: 2, failures: ['[It] d', '[AfterSuite]'] })
})
