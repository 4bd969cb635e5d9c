import type { RequestListener } from 'node:http'
import { type Logger, pause } from '@manx/api'
import { type HttpAddress, serveHttp } from '@manx/process'

export interface ProbesOptions {
  readonly listener: RequestListener
  readonly address: HttpAddress
  readonly logger: Logger
  /** Milliseconds between two tries; default 1000. */
  readonly interval?: number
}

/**
 * Answers probes until the signal. Two replicas on one node, where there is only one, share its port: the first has it, and
 * answers for both; the other gets it when the first ends. Rejects when the address cannot be had for any other reason.
 */
export async function serveProbes(options: ProbesOptions, signal: AbortSignal): Promise<void> {
  const { listener, address, logger, interval = 1000 } = options
  let waits = false
  while (!signal.aborted) {
    try {
      await using _server = await serveHttp(listener, address)
      if (waits) logger.info('Answers probes now', { ...address })
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      if (!waits) logger.warn('Another process answers probes there: both replicas are on one node', { ...address })
      waits = true
      await pause(interval, signal)
    }
  }
}
