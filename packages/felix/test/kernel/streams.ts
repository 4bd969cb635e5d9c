import { expect } from '@jest/globals'
import type { Policy } from '@manx/api'
import { type Daemon, eventually } from '@manx/testbed'

/** Streams numbers to everyone who connects, says whose connection was reset, and echoes datagrams. */
export const streamServer = `
require('net').createServer(socket => {
  let number = 0
  const from = socket.remoteAddress.replace('::ffff:', '')
  const timer = setInterval(() => socket.write(number++ + '\\n'), 2)
  socket.on('error', error => console.log(error.code + ' ' + from)).on('close', () => clearInterval(timer)).resume()
}).listen(8080, '::', () => {
  for (const type of ['udp4', 'udp6']) {
    const socket = require('dgram').createSocket({ type, ipv6Only: type === 'udp6' })
    socket.on('message', (message, from) => socket.send(message, from.port, from.address)).bind(8080)
  }
  console.log('ready')
})`
/** Reads a stream and says how far it came, and what went wrong. */
export const streamReader = `
let next = 0, rest = ''
require('net').connect(8080, process.argv[1], () => console.log('connected')).on('data', data => {
  const lines = (rest + data).split('\\n')
  rest = lines.pop()
  for (const line of lines) { if (Number(line) !== next) console.log('gap'); next = Number(line) + 1 }
}).on('error', error => console.log(error.code)).on('close', () => console.log('closed'))
setInterval(() => console.log('at ' + next), 50)`
/** The last number that a client said. */
export const progress = (daemon: Daemon): number => Number(/(\d+)\n*$/.exec(daemon.log())?.[1] ?? 0)

export async function goesOn(daemon: Daemon): Promise<void> {
  const before = progress(daemon)
  await eventually(() => expect(progress(daemon)).toBeGreaterThan(before + 10))
}

/** Only pods of the role `friend` may send to the server. */
export const onlyFriends: Policy = {
  kind: 'KubernetesNetworkPolicy',
  namespace: 'default',
  name: 'only-friends',
  tier: 'default',
  order: 1000,
  selector: 'role == "server"',
  types: ['Ingress'],
  ingress: [{ action: 'Allow', source: { selector: 'role == "friend"' } }],
  egress: [],
}
export const onlyFriendsKey = 'KubernetesNetworkPolicy/default/only-friends'

/** A pod of the namespace `default` as the API has it. */
export const podState = (id: string, role: string, addresses: readonly string[]) => ({
  namespace: 'default',
  name: `pod-${id}`,
  serviceAccount: 'default',
  labels: { role },
  addresses,
  ports: [],
  uid: id,
})
