import { type Logger, pause } from '@manx/api'

/** Writes a line whenever the node becomes ready, or the reasons change why it is not. */
export async function logReadiness(
  reasons: () => readonly string[],
  logger: Logger,
  signal: AbortSignal,
  interval = 1000,
): Promise<void> {
  let written: string | undefined
  while (!signal.aborted) {
    const present = reasons()
    const text = present.join('; ')
    if (text !== written) {
      if (present.length === 0) logger.info('the node is ready')
      // At the start nothing is, and that is no news.
      else if (written !== undefined) logger.warn('the node is not ready', { reasons: present })
      written = text
    }
    await pause(interval, signal)
  }
}
