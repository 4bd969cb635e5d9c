import { isObject } from '../schema/validate.ts'
import { ApiError } from './api-error.ts'
import { type Action, failureOfAnswer } from './api-failure.ts'
import type { WatchEvent } from './client.ts'

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
  const event: unknown = parse(line, action)
  if (!isObject(event) || !isObject(event.object)) throw notAnEvent(action)
  const { type, object } = event
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

function parse(line: string, action: Action): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw notAnEvent(action)
  }
}

function notAnEvent({ verb, resource }: Action): ApiError {
  return new ApiError('Protocol', `Cannot ${verb} ${resource?.plural ?? ''}: the answer is not a watch event`)
}
