// Started by api-forwarder.ts in the control plane's namespace: takes a listening socket over IPC and forwards its connections.
import { connect, Server, type Socket } from 'node:net'
import process from 'node:process'

const [host = '127.0.0.1', port = '6443'] = process.argv.slice(2)

process.once('message', (_, listener) => {
  if (!(listener instanceof Server)) throw new Error('no listening socket was handed over')
  listener.on('connection', forward)
  process.send?.('ready')
})

function forward(client: Socket): void {
  const server = connect({ host, port: Number(port), noDelay: true })
  client.setNoDelay(true)
  client.pipe(server).pipe(client)
  // A connection that breaks on one side is broken on the other, too; there is nobody to report it to.
  client.on('error', () => server.destroy())
  server.on('error', () => client.destroy())
  client.on('close', () => server.destroy())
  server.on('close', () => client.destroy())
}
