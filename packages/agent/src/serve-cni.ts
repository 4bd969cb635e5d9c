import type { Logger } from '@manx/api'
import { type CniHandlers, type CniServer, startCniServer } from '@manx/cni'
import type { EndpointPort } from './pods/endpoint-port.ts'

/**
 * Serves the runtime's requests. What is attached already is taken up before, in memory alone: a DEL that comes at once
 * must find its endpoint, or it would be taken up after its end. Rejects beside another agent, before anything is written.
 */
export function serveCni(options: {
  readonly socketPath: string
  readonly handlers: Pick<CniHandlers, 'serve' | 'attachments'>
  readonly endpoints: Pick<EndpointPort, 'restore'>
  readonly logger: Logger
}): Promise<CniServer> {
  const { socketPath, handlers, endpoints, logger } = options
  endpoints.restore(handlers.attachments())
  return startCniServer({ socketPath, serve: handlers.serve, logger })
}
