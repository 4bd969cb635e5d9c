import { describeResource, type Resource } from '../resource.ts'
import { isObject } from '../schema/validate.ts'
import { type ApiCause, ApiError, type ApiErrorCode } from './api-error.ts'

/** What was asked for, in words: `update ipamblocks.projectcalico.org 10-0-0-0-26`. */
export interface Action {
  readonly verb: string
  readonly resource?: Resource<unknown>
  /** `namespace/name`, a name, or a path. */
  readonly target?: string
}

const codeOfReason: Readonly<Record<string, ApiErrorCode>> = {
  BadRequest: 'BadRequest',
  Unauthorized: 'Unauthorized',
  Forbidden: 'Forbidden',
  NotFound: 'NotFound',
  AlreadyExists: 'AlreadyExists',
  Conflict: 'Conflict',
  Gone: 'Gone',
  Expired: 'Gone',
  Invalid: 'Invalid',
  TooManyRequests: 'TooManyRequests',
  Timeout: 'Timeout',
  ServerTimeout: 'Timeout',
  InternalError: 'InternalError',
  ServiceUnavailable: 'Unavailable',
}

const codeOfStatus: Readonly<Record<number, ApiErrorCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'Unavailable',
  504: 'Timeout',
}

/** The error for an answer that is a failure; `body` is a `Status` object, or whatever came instead. */
export function failureOfAnswer(action: Action, status: number, body: unknown, retryAfterSeconds?: number): ApiError {
  const answer = isObject(body) ? body : {}
  const reason = typeof answer.reason === 'string' ? answer.reason : ''
  const code = codeOfReason[reason] ?? codeOfStatus[status] ?? 'Unknown'
  // The server may repeat what was sent, which for a Secret is the secret.
  const quiet = action.resource?.plural === 'secrets' && (code === 'Invalid' || code === 'BadRequest')
  const words = typeof answer.message === 'string' && !quiet ? answer.message : `HTTP ${status} ${reason}`.trim()
  return new ApiError(code, `${describeAction(action)}: ${words}`, {
    status,
    causes: quiet ? [] : causesOf(answer.details),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  })
}

/** The error for a request that got no answer. */
export function failureOfTransport(action: Action, server: string, error: unknown): ApiError {
  const code = codeOf(error)
  return new ApiError('Unreachable', `${describeAction(action)}: no answer from ${server} (${code})`, { cause: error })
}

export function describeAction({ verb, resource, target }: Action): string {
  const what = resource === undefined ? '' : ` ${describeResource(resource)}`
  return `Cannot ${verb}${what}${target === undefined ? '' : ` ${target}`}`
}

/** The errno or undici name in an error or its cause. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  if ('cause' in error && error.cause !== undefined) return codeOf(error.cause)
  return 'message' in error ? String(error.message) : 'unknown'
}

function causesOf(details: unknown): ApiCause[] {
  if (!isObject(details) || !Array.isArray(details.causes)) return []
  const causes: readonly unknown[] = details.causes
  return causes.filter(isObject).map(({ field, message }) => ({
    ...(typeof field === 'string' ? { field } : {}),
    message: String(message),
  }))
}
