export type BgpErrorCode =
  /** Nothing answers on gobgpd's socket (yet). */
  | 'Unavailable'
  /** gobgpd answers, but its server was stopped by StopBgp; only a new process can serve again. */
  | 'Stopped'
  /** What answers is not a gobgpd of 4.8 or newer. */
  | 'UnsupportedVersion'
  /** gobgpd refused a request; the message has its words. */
  | 'Refused'

/** The one error of this package. `code` is stable; the message names the request and what it was about. */
export class BgpError extends Error {
  readonly code: BgpErrorCode

  constructor(code: BgpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BgpError'
    this.code = code
  }
}

/** Whether something thrown is a BgpError, whichever realm made it. */
export function isBgpError(thrown: unknown): thrown is BgpError {
  return Error.isError(thrown) && thrown.name === 'BgpError'
}
