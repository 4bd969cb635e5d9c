import { createSocket } from 'node:dgram'
import type { RunningFlow } from './flow-sender.ts'
import { atRate, createFlowTally } from './flow-tally.ts'
import { type Flow, receiveBuffer, trafficPort } from './traffic-order.ts'

/** Numbered datagrams from one socket; each must come back. */
export function sendDatagrams(flow: Flow): RunningFlow {
  const tally = createFlowTally(flow)
  const socket = createSocket(flow.address.includes(':') ? 'udp6' : 'udp4')
  socket.on('message', (message) => tally.answered(message.readUInt32BE(0)))
  // A refusal by ICMP is reported at the next send; the datagram that was refused is not answered and counts by that.
  socket.on('error', () => undefined)
  let stop: () => void = () => undefined
  socket.bind(0, () => {
    socket.setRecvBufferSize(receiveBuffer)
    stop = atRate(flow.perSecond, () => {
      const message = Buffer.alloc(64)
      message.writeUInt32BE(tally.sent())
      socket.send(message, trafficPort, flow.address, () => undefined)
    })
  })
  return { stop: () => stop(), report: tally.report }
}
