// Started in a pod's network namespace: reads addresses as a JSON array and sends a datagram to each, round after round,
// until it is killed. Prints how many were sent, once a second.
import { createSocket } from 'node:dgram'
import process from 'node:process'
import { text } from 'node:stream/consumers'

const addresses = JSON.parse(await text(process.stdin)) as readonly string[]
const sockets = { v4: createSocket('udp4'), v6: createSocket('udp6') }
const message = Buffer.from('knock')
let sent = 0
let next = 0
// Addresses that nobody has yet are answered with errors, or not at all.
for (const socket of Object.values(sockets)) socket.on('error', () => undefined)
const perRound = Math.ceil(addresses.length / 10)
setInterval(() => {
  for (let count = 0; count < perRound; count += 1) {
    const address = addresses[next % addresses.length] ?? ''
    next += 1
    sent += 1
    sockets[address.includes(':') ? 'v6' : 'v4'].send(message, 7, address, () => undefined)
  }
}, 10)
setInterval(() => process.stdout.write(`${sent}\n`), 1000)
