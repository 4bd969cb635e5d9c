import { type Logger, messageOf } from '@manx/api'
import { routes, serveHttp } from '@manx/process'
import type { Registry } from 'prom-client'

/** Metrics on a port that can change. */
export interface MetricsServer extends AsyncDisposable {
  /** 0: nowhere. Resolves after the first try; where the port cannot be had, the log says so once, and it is tried again. */
  listen(port: number): Promise<void>
}

export interface MetricsOptions {
  readonly registry: Registry
  readonly host: string
  readonly logger: Logger
  /** Milliseconds between two tries; default 5000. */
  readonly interval?: number
}

/** Two replicas may be on one node, and the one that comes to lead alone knows of the cluster: it takes the port when it is free. */
export function createMetricsServer({ registry, host, logger, interval = 5000 }: MetricsOptions): MetricsServer {
  let wanted = 0
  let complained = false
  let server: AsyncDisposable | undefined
  let timer: NodeJS.Timeout | undefined
  const metrics = async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType })
  const attempt = async () => {
    const port = wanted
    if (port === 0 || server !== undefined) return
    try {
      server = await serveHttp(routes({ '/metrics': metrics }), { host, port })
      logger.info('Serves metrics', { host, port })
    } catch (error) {
      if (!complained) logger.error(`Metrics cannot be served yet: ${messageOf(error)}`, { host, port })
      complained = true
      timer = setTimeout(() => void inTurn(attempt), interval)
    }
  }
  const listen = async (port: number) => {
    if (port === wanted) return
    wanted = port
    complained = false
    clearTimeout(timer)
    await server?.[Symbol.asyncDispose]()
    server = undefined
    await attempt()
  }
  // One after the other, or two changes would leave two servers.
  let last: Promise<void> = Promise.resolve()
  const inTurn = (step: () => Promise<void>) => {
    last = last.then(step)
    return last
  }
  return { listen: (port) => inTurn(() => listen(port)), [Symbol.asyncDispose]: () => inTurn(() => listen(0)) }
}
