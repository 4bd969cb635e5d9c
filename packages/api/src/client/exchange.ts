import type { Dispatcher } from 'undici'
import { pause } from '../informer/backoff.ts'
import { protobufType, readStatus } from '../protobuf/envelope.ts'
import { ApiError } from './api-error.ts'
import { type Action, codeOf, describeAction, failureOfAnswer, failureOfTransport } from './api-failure.ts'
import type { Connection } from './connection.ts'
import { deadlineAfter } from './deadline.ts'
import type { Transport, TransportRequest } from './transport.ts'

export interface ExchangeRequest extends Omit<TransportRequest, 'signal' | 'idleTimeout'> {
  readonly action: Action
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for all of it, retries included. */
  readonly timeout: number
}

export interface WatchRequest extends Omit<TransportRequest, 'signal'> {
  readonly action: Action
  readonly signal: AbortSignal
  readonly idleTimeout: number
}

const mostRetries = 10

/** Sends a request and reads the whole answer. Fails with `ApiError`, or with the reason of the caller's signal. */
export async function exchange(
  connection: Connection,
  transport: Transport,
  request: ExchangeRequest,
): Promise<unknown> {
  const { action, signal: caller, timeout } = request
  using deadline = deadlineAfter(timeout, caller)
  const { signal } = deadline
  let refreshed = false
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await sendOnce(connection, transport, request, signal, attempt)
      const failure = await failureOf(action, response)
      if (failure === undefined) return await readAnswer(connection, request.action, response, signal)
      if (failure.code === 'Unauthorized' && !refreshed) {
        refreshed = true
        await connection.forget()
        continue
      }
      if (failure.retryAfterSeconds === undefined || attempt >= mostRetries) throw failure
      await pause(failure.retryAfterSeconds * 1000, signal)
      // Time is up: the server's own words say more than that.
      if (signal.aborted && caller?.aborted !== true) throw failure
    } catch (error) {
      if (caller?.aborted === true) throw caller.reason
      if (deadline.expired && !(error instanceof ApiError)) {
        const words = `no answer from ${connection.server} in ${timeout} ms`
        throw new ApiError('Timeout', `${describeAction(action)}: ${words}`)
      }
      throw error
    }
  }
}

/** Sends a request whose answer is read by the caller, as it comes. */
export async function openStream(
  connection: Connection,
  transport: Transport,
  request: WatchRequest,
): Promise<Dispatcher.ResponseData> {
  const { action, signal } = request
  for (let attempt = 0; ; attempt++) {
    try {
      const response = await sendOnce(connection, transport, request, signal, attempt)
      const failure = await failureOf(action, response)
      if (failure === undefined) return response
      if (failure.code !== 'Unauthorized' || attempt > 0) throw failure
      await connection.forget()
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }
}

/** A kept connection that the server closed meanwhile: nothing was sent, but only for reads is that certain enough. */
const staleConnection = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

async function sendOnce(
  connection: Connection,
  transport: Transport,
  request: ExchangeRequest | WatchRequest,
  signal: AbortSignal,
  attempt: number,
): Promise<Dispatcher.ResponseData> {
  try {
    return await transport.send({ ...request, signal })
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error
    if (attempt === 0 && request.method === 'GET' && staleConnection.has(codeOf(error))) {
      return sendOnce(connection, transport, request, signal, attempt + 1)
    }
    throw failureOfTransport(request.action, connection.server, error)
  }
}

async function failureOf(action: Action, response: Dispatcher.ResponseData): Promise<ApiError | undefined> {
  const { statusCode, headers } = response
  if (statusCode >= 200 && statusCode < 300) return undefined
  const body = await readBody(response)
    .then(statusIn)
    .catch(() => undefined)
  const mayRetry = statusCode === 429 || statusCode === 503
  const retryAfter =
    mayRetry && typeof headers['retry-after'] === 'string' ? Number(headers['retry-after']) : Number.NaN
  return failureOfAnswer(action, statusCode, body, Number.isFinite(retryAfter) ? retryAfter : undefined)
}

/** The body of a success. */
async function readAnswer(
  { server }: Connection,
  action: Action,
  response: Dispatcher.ResponseData,
  signal: AbortSignal,
): Promise<unknown> {
  try {
    return await readBody(response)
  } catch (error) {
    if (signal.aborted) throw error
    if (!(error instanceof SyntaxError)) throw failureOfTransport(action, server, error)
    throw new ApiError('Protocol', `${describeAction(action)}: the answer of ${server} is not the JSON it says it is`)
  }
}

/** JSON where the answer is JSON, bytes where it is Kubernetes' binary encoding, else text. */
async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<unknown> {
  if (isProtobuf(headers)) return Buffer.from(await body.arrayBuffer())
  const text = await body.text()
  const type = headers['content-type']
  return typeof type === 'string' && type.startsWith('application/json') ? JSON.parse(text) : text
}

/** Servers answer in JSON for kinds that have no binary form, whatever they are asked for. */
export function isProtobuf(headers: Dispatcher.ResponseData['headers']): boolean {
  const type = headers['content-type']
  return typeof type === 'string' && type.startsWith(protobufType)
}

/** The `Status` in an answer, whichever way it is written. */
function statusIn(body: unknown): unknown {
  return body instanceof Uint8Array ? readStatus(body) : body
}
