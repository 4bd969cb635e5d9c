import { connect } from 'node:net'
import type { RunningFlow } from './flow-sender.ts'
import { atRate, createFlowTally } from './flow-tally.ts'
import { type Flow, trafficPort } from './traffic-order.ts'

/** Numbered messages over one long connection. When it breaks, all that is on its way is lost and another is opened. */
export function sendStream(flow: Flow): RunningFlow {
  const tally = createFlowTally(flow)
  let stopped = false
  const open = () => {
    const opened = connect({ host: flow.address, port: trafficPort, noDelay: true })
    const pending = new Set<number>()
    let rest: Buffer = Buffer.alloc(0)
    let stop: () => void = () => undefined
    opened.on('connect', () => {
      stop = atRate(flow.perSecond, () => {
        const number = tally.sent()
        pending.add(number)
        const message = Buffer.alloc(4)
        message.writeUInt32BE(number)
        opened.write(message)
      })
    })
    opened.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      for (; rest.length >= 4; rest = rest.subarray(4)) {
        const number = rest.readUInt32BE(0)
        pending.delete(number)
        tally.answered(number)
      }
    })
    let reason = 'the connection was closed'
    opened.on('error', (error) => {
      reason = error.message
    })
    opened.on('close', () => {
      stop()
      // One that never came up, or broke while nothing was on its way, is a loss as well.
      if (!stopped && pending.size === 0) pending.add(tally.sent())
      for (const number of pending) tally.failed(number, reason)
      if (!stopped) setTimeout(open, 200)
    })
    stopSending = () => stop()
  }
  let stopSending: () => void = () => undefined
  open()
  return {
    stop: () => {
      // The connection stays until the process ends: answers are on their way.
      stopped = true
      stopSending()
    },
    report: tally.report,
  }
}
