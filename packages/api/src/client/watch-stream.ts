import { apiVersionOf } from '../kind.ts'
import { messageOf } from '../message-of.ts'
import { openEnvelope, statusMessage, watchEventMessage } from '../protobuf/envelope.ts'
import type { Message } from '../protobuf/message.ts'
import { isObject } from '../schema/validate.ts'
import { ApiError } from './api-error.ts'
import { type Action, failureOfAnswer } from './api-failure.ts'
import type { WatchEvent } from './client.ts'
import { framesOf } from './frames.ts'

/** The events of a watch, in JSON unless a message says how its binary form is read. */
export async function* watchEventsOf<T>(
  body: AsyncIterable<Uint8Array>,
  action: Action,
  message: Message<T> | undefined,
): AsyncGenerator<WatchEvent<T>> {
  if (message === undefined) for await (const line of linesOf(body)) yield readWatchEvent<T>(line, action)
  else for await (const frame of framesOf(body)) yield readBinaryEvent<T>(frame, message, action)
}

/** The lines of a stream; a last line without an end is dropped, because the stream broke in it. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  const parts: string[] = []
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true })
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      parts.push(text.slice(start, end))
      const line = parts.join('')
      parts.length = 0
      start = end + 1
      if (line !== '') yield line
    }
    if (start < text.length) parts.push(text.slice(start))
  }
}

/** One line of a watch. Throws `ApiError` when the server reports one, code Gone when its history is too short. */
export function readWatchEvent<T>(line: string, action: Action): WatchEvent<T> {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch {
    throw notAnEvent(action)
  }
  if (!isObject(event) || !isObject(event.object)) throw notAnEvent(action)
  return eventOf(event.type, event.object, action)
}

/** As `readWatchEvent`, of the binary form. */
export function readBinaryEvent<T>(frame: Uint8Array, message: Message<T>, action: Action): WatchEvent<T> {
  const { type, object } = decodeEvent(frame, message, action)
  return eventOf(type, object, action)
}

function decodeEvent(frame: Uint8Array, message: Message<unknown>, action: Action) {
  try {
    const { type, object } = watchEventMessage.decode(frame)
    const { kind, raw } = openEnvelope(object?.raw ?? new Uint8Array())
    if (type === 'ERROR') return { type, object: { ...statusMessage.decode(raw) } }
    const { resource } = action
    if (resource === undefined || kind !== resource.kind) throw new RangeError(`its object is of kind ${kind}`)
    return { type, object: Object.assign(message.decode(raw) as object, { apiVersion: apiVersionOf(resource), kind }) }
  } catch (error) {
    throw notAnEvent(action, { why: messageOf(error), binary: true })
  }
}

function eventOf<T>(type: unknown, object: Readonly<Record<string, unknown>>, action: Action): WatchEvent<T> {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type, object: object as T }
    case 'BOOKMARK': {
      const version = isObject(object.metadata) ? object.metadata.resourceVersion : undefined
      if (typeof version !== 'string') throw notAnEvent(action)
      return { type, resourceVersion: version }
    }
    case 'ERROR':
      throw failureOfAnswer(action, typeof object.code === 'number' ? object.code : 500, object)
    default:
      throw notAnEvent(action)
  }
}

function notAnEvent({ verb, resource }: Action, { why = '', binary = false } = {}): ApiError {
  const because = why === '' ? '' : `: ${why}`
  const words = `Cannot ${verb} ${resource?.plural ?? ''}: the answer is not a watch event${because}`
  return new ApiError('Protocol', words, { binary })
}
