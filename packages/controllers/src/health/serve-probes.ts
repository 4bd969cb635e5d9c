import { rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { type HttpAddress, serveHttp } from '@manx/process'

/**
 * Answers probes until the signal; rejects when the address cannot be had. A socket is of this process alone: what one that was
 * killed left in its place is removed.
 */
export async function serveProbes(listener: RequestListener, address: HttpAddress, signal: AbortSignal): Promise<void> {
  if ('path' in address) await rm(address.path, { force: true })
  await using _server = await serveHttp(listener, address)
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
