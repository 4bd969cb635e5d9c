import { connect } from 'node:net'
import type { RunningFlow } from './flow-sender.ts'
import { atRate, createFlowTally } from './flow-tally.ts'
import { type Flow, trafficPort } from './traffic-order.ts'

/** New connections, each for one message there and back. */
export function sendConnections(flow: Flow): RunningFlow {
  const tally = createFlowTally(flow)
  // What is forbidden is not waited for: the more attempts, the better. Otherwise a slow machine is no loss.
  const timeout = flow.allowed ? 30_000 : 500
  const stop = atRate(flow.perSecond, () => {
    const number = tally.sent()
    const socket = connect({ host: flow.address, port: trafficPort, noDelay: true, timeout })
    socket.on('connect', () => {
      if (flow.allowed) return void socket.write('hello')
      // An open connection is bad enough.
      tally.answered(number)
      socket.destroy()
    })
    socket.on('data', () => {
      tally.answered(number)
      socket.end()
    })
    socket.on('timeout', () => socket.destroy(new Error(`no answer in ${timeout} ms`)))
    socket.on('error', (error) => tally.failed(number, error.message))
  })
  return { stop, report: tally.report }
}
