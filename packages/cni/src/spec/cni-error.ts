/** Numbers of the CNI specification; from 100 on they are ours and documented in the README. */
export const cniErrorNumbers = {
  incompatibleVersion: 1,
  unsupportedField: 2,
  unknownContainer: 3,
  invalidEnvironment: 4,
  io: 5,
  decode: 6,
  invalidConfig: 7,
  tryAgainLater: 11,
  notAvailable: 50,
  limitedConnectivity: 51,
  podRefused: 100,
  interfaceExists: 101,
  kernel: 102,
  checkFailed: 103,
  internal: 199,
} as const

export type CniErrorCode = keyof typeof cniErrorNumbers

export interface CniErrorOptions {
  /** A longer explanation, or what to do. */
  readonly details?: string
  readonly cause?: unknown
}

/** An error that the caller of the plugin sees. `message` names the key, variable or object that is at fault. */
export class CniError extends Error {
  override readonly name = 'CniError'
  readonly code: CniErrorCode
  readonly details: string

  constructor(code: CniErrorCode, message: string, options: CniErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? ''
  }

  get number(): number {
    return cniErrorNumbers[this.code]
  }
}

/** Recognised by name, because an error may come from another realm. */
export function isCniError(error: unknown): error is CniError {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'CniError'
}

/** The words of anything that was thrown. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}
