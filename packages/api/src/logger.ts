/** Where a package writes what it does. Every line names the object that it is about; `fields` are for machines. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** Guards hot paths: building the fields of a suppressed line costs more than the line. */
  isDebugEnabled(): boolean
}

export type LogFields = Readonly<Record<string, unknown>>

/** Says nothing; for tests and for callers that do not care. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  isDebugEnabled: () => false,
}
