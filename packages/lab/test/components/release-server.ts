import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a path answers: its content, or content that breaks off in the middle. */
export interface Served {
  readonly content: Buffer
  readonly truncated?: boolean
}

export interface ReleaseServer extends AsyncDisposable {
  readonly address: string
  readonly files: Map<string, Served>
  /** Paths that were asked for with GET, in order. */
  readonly requests: string[]
}

export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex')

/** A mirror of releases on this machine. */
export async function startReleaseServer(): Promise<ReleaseServer> {
  const files = new Map<string, Served>()
  const requests: string[] = []
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    if (request.method === 'GET') requests.push(path)
    const file = files.get(path)
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-length': file.content.length })
    if (file.truncated !== true) {
      response.end(file.content)
      return
    }
    response.write(file.content.subarray(0, file.content.length / 2), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}`,
    files,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
