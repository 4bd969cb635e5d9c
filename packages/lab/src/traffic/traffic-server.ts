import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type CallerReport, receiveBuffer, trafficPort } from './traffic-order.ts'

/** Sends back what it gets, UDP and TCP, in both families, and counts who called. */
export async function startServer(): Promise<{ callers(): Readonly<Record<string, CallerReport>> }> {
  const callers = new Map<string, { datagrams: number; connections: number }>()
  const caller = (address: string) => {
    const plain = address.replace(/^::ffff:/, '')
    const known = callers.get(plain) ?? { datagrams: 0, connections: 0 }
    callers.set(plain, known)
    return known
  }
  const datagrams = createSocket({ type: 'udp6', ipv6Only: false })
  datagrams.on('message', (message, { address, port }) => {
    caller(address).datagrams += 1
    datagrams.send(message, port, address)
  })
  // An answer that cannot be sent is one that the client misses and counts.
  datagrams.on('error', () => undefined)
  datagrams.bind(trafficPort, '::')
  const connections = createServer({ noDelay: true }, (socket) => {
    caller(socket.remoteAddress ?? 'unknown').connections += 1
    socket.on('error', () => socket.destroy())
    socket.pipe(socket)
  })
  connections.listen(trafficPort, '::')
  // A moment without a processor is no lost packet. The kernel takes less where its limit is lower.
  datagrams.once('listening', () => datagrams.setRecvBufferSize(receiveBuffer))
  await Promise.all([once(datagrams, 'listening'), once(connections, 'listening')])
  return { callers: () => Object.fromEntries(callers) }
}
