export type ApiErrorCode =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'TooManyRequests'
  | 'Timeout'
  | 'InternalError'
  | 'Unavailable'
  | 'Unreachable'
  | 'Protocol'
  | 'Unknown'

/** One thing that the API server found wrong with an object. */
export interface ApiCause {
  readonly field?: string
  readonly message: string
}

export interface ApiErrorDetails {
  /** HTTP status; 0 when there was no answer. */
  readonly status?: number
  readonly causes?: readonly ApiCause[]
  readonly retryAfterSeconds?: number
  /** What cannot be read came in Kubernetes' binary encoding. */
  readonly binary?: boolean
  readonly cause?: unknown
}

/** A request to the API server that failed. The message names the verb and the object, and never has a credential. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ApiErrorCode
  readonly status: number
  readonly causes: readonly ApiCause[]
  readonly retryAfterSeconds: number | undefined
  readonly binary: boolean

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.status = details.status ?? 0
    this.causes = details.causes ?? []
    this.retryAfterSeconds = details.retryAfterSeconds
    this.binary = details.binary ?? false
  }
}

/** True for an `ApiError` with one of these codes (any, when none is given); also for one from another realm. */
export function isApiError(error: unknown, ...codes: readonly ApiErrorCode[]): error is ApiError {
  if (typeof error !== 'object' || error === null) return false
  if (!('name' in error) || error.name !== 'ApiError' || !('code' in error)) return false
  return codes.length === 0 || codes.some((code) => code === error.code)
}

/** Resolves to undefined when the object does not exist; for reads and deletes. */
export async function ignoreNotFound<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (isApiError(error, 'NotFound')) return undefined
    throw error
  }
}
