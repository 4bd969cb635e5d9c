export type FelixErrorCode =
  /** The endpoint itself is wrong; trying again does not help. */
  | 'InvalidEndpoint'
  /** Another endpoint of the node has one of its addresses. */
  | 'AddressInUse'
  /** It was removed or replaced before it was in place. */
  | 'Replaced'
  /** The caller's signal, or the end of the agent. */
  | 'Aborted'
  /** A fault of felix itself. */
  | 'Internal'

/** An endpoint that could not be put in place, and why. */
export class FelixError extends Error {
  override readonly name = 'FelixError'
  readonly code: FelixErrorCode

  constructor(code: FelixErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
