import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, pipeline } from 'node:stream'
import type { ApiServer } from '../../../api/test/api-server.ts'

/** The way of one process to the API server, on which is noted what it writes. */
export interface RecordingProxy extends AsyncDisposable {
  readonly kubeconfig: string
  /** `METHOD path` of every request that may change something, in their order. */
  readonly writes: readonly string[]
}

/** Passes everything on, streams too, under the certificate of the API server. */
export async function startRecordingProxy(
  target: Pick<ApiServer, 'server' | 'folder' | 'kubeconfig'>,
): Promise<RecordingProxy> {
  const upstream = new URL(target.server)
  const certificate = join(target.folder, `certificates-${upstream.port}`, 'apiserver')
  const [cert, key] = [await readFile(`${certificate}.crt`), await readFile(`${certificate}.key`)]
  const writes: string[] = []
  const server = createServer({ cert, key }, (incoming, answer) => {
    const { method = 'GET', url = '/' } = incoming
    if (method !== 'GET') writes.push(`${method} ${url.split('?')[0]}`)
    const headers = { ...incoming.headers, host: upstream.host }
    const outgoing = request({
      host: upstream.hostname,
      port: upstream.port,
      method,
      path: url,
      headers,
      rejectUnauthorized: false,
    })
    outgoing.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers)
      answer.flushHeaders()
      pipeline(response, answer, () => undefined)
    })
    outgoing.on('error', () => answer.destroy())
    answer.on('close', () => outgoing.destroy())
    pipeline(incoming, outgoing, () => undefined)
  })
  // Those in a TLS handshake, too, which `closeAllConnections` does not know.
  const sockets = new Set<Duplex>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = await mkdtemp(join(tmpdir(), 'manx-proxy-'))
  const path = join(folder, 'kubeconfig')
  const config = await readFile(target.kubeconfig, 'utf8')
  await writeFile(path, config.replace(target.server, `https://127.0.0.1:${port}`))
  return {
    kubeconfig: path,
    writes,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
      await rm(folder, { recursive: true, force: true })
    },
  }
}
