import { createServer } from 'node:http'
import type { Listen } from './config.ts'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly type?: string
}

/** Serves GET requests on a few paths; rejects when the address is taken. Returns the function that ends it. */
export async function serve(
  { host, port }: Listen,
  routes: Readonly<Record<string, () => Answer | Promise<Answer>>>,
): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    const route = routes[(request.url ?? '').split('?')[0] ?? '']
    const send = ({ status, body, type }: Answer) => {
      response.writeHead(status, { 'content-type': type ?? 'text/plain; charset=utf-8' }).end(`${body}\n`)
    }
    if (request.method !== 'GET' || route === undefined) {
      send({ status: 404, body: `there are: ${Object.keys(routes).join(' ')}` })
      return
    }
    Promise.resolve()
      .then(route)
      .then(send, (error: unknown) => send({ status: 500, body: String(error) }))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
}
