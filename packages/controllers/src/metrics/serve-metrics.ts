import { type Logger, messageOf } from '@manx/api'
import { routes, serveHttp } from '@manx/process'
import type { Registry } from 'prom-client'

/** Metrics on a port that can change. */
export interface MetricsServer extends AsyncDisposable {
  /** 0: nowhere. Where the port cannot be had, the log says so and they are served nowhere. */
  listen(port: number): Promise<void>
}

export function createMetricsServer(registry: Registry, host: string, logger: Logger): MetricsServer {
  let present = 0
  let server: AsyncDisposable | undefined
  const metrics = async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType })
  const listen = async (port: number) => {
    if (port === present) return
    present = port
    await server?.[Symbol.asyncDispose]()
    server = undefined
    if (port === 0) return
    try {
      server = await serveHttp(routes({ '/metrics': metrics }), { host, port })
      logger.info('Serves metrics', { host, port })
    } catch (error) {
      present = 0
      logger.error(`Metrics cannot be served: ${messageOf(error)}`, { host, port })
    }
  }
  // One after the other, or two changes would leave two servers.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (port: number) => {
    last = last.then(() => listen(port))
    return last
  }
  return { listen: inTurn, [Symbol.asyncDispose]: () => inTurn(0) }
}
