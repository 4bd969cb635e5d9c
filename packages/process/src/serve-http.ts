import { createServer, type RequestListener } from 'node:http'

export type HttpAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export interface Answer {
  readonly status: number
  readonly body: string
  /** Default text/plain. */
  readonly type?: string
}

/** Serves until the disposal; rejects when the address cannot be had. An empty host is every address of the machine. */
export async function serveHttp(listener: RequestListener, address: HttpAddress): Promise<AsyncDisposable> {
  const server = createServer(listener)
  // A probe that hangs must not keep the process from ending.
  server.requestTimeout = 10_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const listening = () => {
      server.off('error', reject)
      resolve()
    }
    if ('path' in address) server.listen(address.path, listening)
    else if (address.host === '') server.listen(address.port, listening)
    else server.listen(address.port, address.host, listening)
  })
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // An answer that never ends must not keep the process.
      server.closeAllConnections()
      await closed
    },
  }
}

/** Answers GET requests by path; anything else is 404. A handler that throws answers 500 with its words. */
export function routes(handlers: Readonly<Record<string, () => Answer | Promise<Answer>>>): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined
    const send = ({ status, body, type = 'text/plain; charset=utf-8' }: Answer) => {
      response.writeHead(status, { 'content-type': type }).end(body)
    }
    if (handler === undefined || request.method !== 'GET') {
      return send({ status: 404, body: `there are: ${Object.keys(handlers).join(' ')}\n` })
    }
    const answered = async () => handler()
    answered().then(send, (error: unknown) => send({ status: 500, body: `${error}\n` }))
  }
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value), type: 'application/json' }
}
