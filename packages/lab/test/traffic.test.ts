import { describe, expect, test } from '@jest/globals'
import type { LabPod } from '../src/cluster/find-pods.ts'
import { judgeTraffic } from '../src/traffic/judge-traffic.ts'
import { parseCounters, parseCounters6 } from '../src/traffic/network-counters.ts'
import { type PlannedWorker, planTraffic } from '../src/traffic/plan-traffic.ts'
import type { FlowReport, WorkerReport } from '../src/traffic/traffic-order.ts'

const pods = (app: string, from: number): readonly LabPod[] =>
  [1, 2, 3].map((number) => ({
    name: `${app}-${number}`,
    namespace: 'x',
    node: `node${number}`,
    address: { v4: `10.244.0.${from + number}`, v6: `fd00::${from + number}` },
    container: '',
  }))
const planned = planTraffic({
  servers: pods('server', 10),
  clients: pods('client', 20),
  strangers: pods('stranger', 30),
})

describe('the traffic', () => {
  test('every client calls every server, with at least 100 datagrams a second', () => {
    const flows = planned.flatMap(({ order }) => order.flows).filter(({ allowed }) => allowed)
    const datagrams = flows.filter(({ kind }) => kind === 'datagrams')
    expect(datagrams).toHaveLength(9)
    expect(datagrams.every(({ perSecond }) => perSecond >= 100)).toBe(true)
    expect(new Set(flows.map(({ address }) => address)).size).toBe(6)
  })

  test('strangers try servers of their own and of another node, clients try strangers', () => {
    const forbidden = (name: string) =>
      planned
        .find(({ pod }) => pod.name === name)
        ?.order.flows.filter(({ allowed, kind, address }) => !allowed && kind === 'datagrams' && !address.includes(':'))
        .map(({ address }) => address)
    expect(forbidden('stranger-1')).toEqual(['10.244.0.11', '10.244.0.12'])
    expect(forbidden('client-3')).toEqual(['10.244.0.33'])
  })
})

describe('judgement', () => {
  const silent: WorkerReport['kernel'] = { synRetransmits: 0, retransmits: 0, receiveBufferErrors: 0 }
  const done = ({ order }: PlannedWorker): readonly FlowReport[] =>
    order.flows.map(({ name, kind, allowed }) => {
      const answered = allowed ? 10 : 0
      return { name, kind, allowed, sent: 10, answered, failed: 0, waiting: 0, losses: [], longest: 1 }
    })
  const reports = (change: (worker: PlannedWorker, report: WorkerReport) => WorkerReport) =>
    planned.map((worker) => ({
      ...worker,
      report: change(worker, { flows: done(worker), callers: {}, kernel: silent }),
    }))

  test('holds when all that is allowed was answered and servers were called by clients', () => {
    const result = judgeTraffic(
      reports(({ pod }, report) =>
        pod.name === 'server-1' ? { ...report, callers: { '10.244.0.21': { datagrams: 5, connections: 1 } } } : report,
      ),
    )
    expect(result.problems).toEqual([])
    expect(result.allowed).toEqual({ sent: 360, answered: 360, lost: 0 })
    expect(result.forbidden.through).toBe(0)
  })

  test('a stranger that reached a server is named, answered or not', () => {
    const { problems, forbidden } = judgeTraffic(
      reports(({ pod }, report) =>
        pod.name === 'server-1' ? { ...report, callers: { 'fd00::31': { datagrams: 2, connections: 0 } } } : report,
      ),
    )
    expect(problems).toEqual(['server-1 was reached 2 times by fd00::31, which it must not'])
    expect(forbidden.through).toBe(2)
  })

  test('what was lost is named, with when and why', () => {
    const { problems } = judgeTraffic(
      reports(({ pod }, report) => {
        const [first, ...rest] = report.flows
        if (pod.name !== 'client-1' || first === undefined) return report
        const losses = [{ at: Date.UTC(2026, 0, 1, 12, 0, 0), reason: 'no answer' }]
        return { ...report, flows: [{ ...first, answered: 8, failed: 1, waiting: 1, losses }, ...rest] }
      }),
    )
    expect(problems).toEqual([
      'client-1 (node1) → server-1 (node1), datagrams, IPv4: lost 2 of 10; the first at 12:00:00.000: no answer',
    ])
  })

  test('a first packet that was sent again was lost on the way', () => {
    const { problems } = judgeTraffic(
      reports(({ pod }, report) =>
        pod.name === 'client-1' ? { ...report, kernel: { ...silent, synRetransmits: 1, retransmits: 1 } } : report,
      ),
    )
    expect(problems).toEqual(['1 first packets of connections were sent again'])
  })
})

test("the kernel's counters are read by name", () => {
  expect(parseCounters('Tcp: InSegs RetransSegs\nTcp: 12 3\nUdp: NoPorts\nUdp: 4\n').get('Tcp.RetransSegs')).toBe(3)
  expect(parseCounters6('Udp6NoPorts                     \t7\nIp6InReceives 1\n').get('Udp6NoPorts')).toBe(7)
})
