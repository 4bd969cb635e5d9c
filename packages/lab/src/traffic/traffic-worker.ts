// Started in a pod's network namespace. First line of standard input: a TrafficOrder as JSON. Then `report` prints a
// WorkerReport as one line, `stop` ends the sending and `quit` the process.
import { setPriority } from 'node:os'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { startFlow } from './flow-sender.ts'
import { networkCounters } from './network-counters.ts'
import type { TrafficOrder, WorkerReport } from './traffic-order.ts'
import { startServer } from './traffic-server.ts'

// What is measured is the network; on a busy machine the worker would be what is late.
setPriority(-15)
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const order = JSON.parse((await lines.next()).value ?? '') as TrafficOrder
const before = networkCounters()
const server = order.serve ? await startServer() : undefined
const flows = order.flows.map(startFlow)
process.stdout.write('started\n')

for (let line = await lines.next(); line.done !== true && line.value !== 'quit'; line = await lines.next()) {
  if (line.value === 'stop') for (const flow of flows) flow.stop()
  process.stdout.write(line.value === 'report' ? `${JSON.stringify(report())}\n` : 'done\n')
}
process.exit()

function report(): WorkerReport {
  const now = networkCounters()
  const since = (name: keyof typeof now) => now[name] - before[name]
  return {
    flows: flows.map((flow) => flow.report()),
    callers: server?.callers() ?? {},
    kernel: {
      synRetransmits: since('synRetransmits'),
      retransmits: since('retransmits'),
      receiveBufferErrors: since('receiveBufferErrors'),
    },
  }
}
