import type { PlannedWorker } from './plan-traffic.ts'
import type { FlowReport, WorkerReport } from './traffic-order.ts'

/** What all workers together saw. */
export interface TrafficResult {
  readonly allowed: { readonly sent: number; readonly answered: number; readonly lost: number }
  /** What came through though it must not: seen by the servers, or answered. */
  readonly forbidden: { readonly sent: number; readonly through: number }
  /** Of new connections in any pod: each is a packet that was lost on the way there or back. */
  readonly synRetransmits: number
  readonly retransmits: number
  /** Longest wait for the answer to a datagram, in milliseconds: these are never sent again, so the machine stood still. */
  readonly longest: number
  /** What was not answered when this was asked. */
  readonly waiting: number
  readonly problems: readonly string[]
}

/**
 * A SYN is sent again after a second. Where the answers of single datagrams take half of that anyway, it may have been late and
 * not lost; what is lost in earnest is never answered, and counts elsewhere.
 */
const synTimeout = 500

export function judgeTraffic(workers: readonly (PlannedWorker & { readonly report: WorkerReport })[]): TrafficResult {
  const flows = workers.flatMap(({ report }) => report.flows)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const allowed = flows.filter((flow) => flow.allowed)
  const forbidden = flows.filter((flow) => !flow.allowed)
  const counter = (name: keyof WorkerReport['kernel']) => sum(workers.map(({ report }) => report.kernel[name]))
  const intruders = workers.flatMap((worker) => intrudersOf(worker, workers))
  const synRetransmits = counter('synRetransmits')
  const overflows = counter('receiveBufferErrors')
  const lostOf = ({ failed, waiting }: FlowReport) => failed + waiting
  const longest = Math.max(0, ...allowed.filter(({ kind }) => kind === 'datagrams').map((flow) => flow.longest))
  return {
    allowed: {
      sent: sum(allowed.map(({ sent }) => sent)),
      answered: sum(allowed.map(({ answered }) => answered)),
      lost: sum(allowed.map(lostOf)),
    },
    forbidden: {
      sent: sum(forbidden.map(({ sent }) => sent)),
      through: sum(intruders.map(({ calls }) => calls)) + sum(forbidden.map(({ answered }) => answered)),
    },
    synRetransmits,
    retransmits: counter('retransmits'),
    longest,
    waiting: sum(allowed.map(({ waiting }) => waiting)),
    problems: [
      ...allowed
        .filter((flow) => lostOf(flow) > 0)
        .map((flow) => {
          const [first] = flow.losses
          const when = first === undefined ? '' : `; the first at ${clock(first.at)}: ${first.reason}`
          return `${flow.name}: lost ${lostOf(flow)} of ${flow.sent}${when}`
        }),
      ...allowed.filter(({ answered }) => answered === 0).map(({ name }) => `${name}: nothing was answered`),
      ...forbidden.filter(({ answered }) => answered > 0).map(({ name, answered }) => `${name}: ${answered} answered`),
      ...intruders.map(
        ({ pod, address, calls }) => `${pod} was reached ${calls} times by ${address}, which it must not`,
      ),
      ...(synRetransmits > 0 && longest < synTimeout
        ? [`${synRetransmits} first packets of connections were sent again`]
        : []),
      ...(overflows > 0
        ? [`${overflows} datagrams were dropped by full buffers of the pods: the machine is too slow`]
        : []),
    ],
  }
}

/** Callers of a server that have no allowed flow to it. */
function intrudersOf(worker: PlannedWorker & { readonly report: WorkerReport }, workers: readonly PlannedWorker[]) {
  const own = Object.values(worker.pod.address)
  const friends = new Set(
    workers
      .filter(({ order }) => order.flows.some(({ allowed, address }) => allowed && own.includes(address)))
      .flatMap(({ pod }) => Object.values(pod.address)),
  )
  return Object.entries(worker.report.callers)
    .filter(([address]) => !friends.has(address))
    .map(([address, { datagrams, connections }]) => ({ pod: worker.pod.name, address, calls: datagrams + connections }))
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 23)
}
