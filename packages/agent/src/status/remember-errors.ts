import type { LogFields, Logger } from '@manx/api'

export interface RememberedError {
  /** RFC 3339. */
  readonly time: string
  readonly message: string
}

export interface RememberingLogger {
  readonly logger: Logger
  /** The last warnings and errors, newest first; of equal ones the newest. */
  readonly recent: () => readonly RememberedError[]
}

/** A logger that also keeps the last lines that say that something is wrong, for those who ask for the status. */
export function rememberErrors(logger: Logger, most = 10): RememberingLogger {
  const kept = new Map<string, string>()
  const remember = (message: string, fields: LogFields) => {
    const { error } = fields
    const text = error === undefined ? message : `${message}: ${Error.isError(error) ? error.message : String(error)}`
    kept.delete(text)
    kept.set(text, new Date().toISOString())
    for (const oldest of kept.keys()) {
      if (kept.size <= most) break
      kept.delete(oldest)
    }
  }
  const both = (write: Logger['warn']) => (message: string, fields?: LogFields) => {
    remember(message, fields ?? {})
    write(message, fields)
  }
  return {
    logger: { ...logger, warn: both(logger.warn), error: both(logger.error) },
    recent: () => [...kept].map(([message, time]) => ({ time, message })).reverse(),
  }
}
