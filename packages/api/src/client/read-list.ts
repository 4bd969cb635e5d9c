import { apiVersionOf } from '../kind.ts'
import { messageOf } from '../message-of.ts'
import { openEnvelope, readListIn } from '../protobuf/envelope.ts'
import type { Message } from '../protobuf/message.ts'
import type { Resource } from '../resource.ts'
import { isObject } from '../schema/validate.ts'
import { ApiError } from './api-error.ts'

export interface ListAnswer<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
  /** Where the list goes on; undefined at its end. */
  readonly next: string | undefined
}

/** The objects of a list, in whichever encoding the server chose. Items have no apiVersion and kind of their own: they get them here. */
export function readList<T>(answer: unknown, resource: Resource<T>, message: Message<T> | undefined): ListAnswer<T> {
  const { metadata, items } = listIn(answer, resource, message)
  const apiVersion = apiVersionOf(resource)
  for (const item of items) Object.assign(item, { apiVersion, kind: resource.kind })
  const { continue: next, resourceVersion } = metadata
  return {
    items: items as readonly T[],
    resourceVersion: String(resourceVersion ?? ''),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  }
}

interface Parts {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly items: readonly object[]
}

function listIn(answer: unknown, resource: Resource<unknown>, message: Message<unknown> | undefined): Parts {
  if (answer instanceof Uint8Array && message !== undefined) return binaryList(answer, resource, message)
  if (!isObject(answer) || !isObject(answer.metadata) || !Array.isArray(answer.items ?? [])) {
    throw notAList(resource)
  }
  return { metadata: answer.metadata, items: answer.items ?? [] } as Parts
}

function binaryList(answer: Uint8Array, resource: Resource<unknown>, message: Message<unknown>): Parts {
  try {
    const { kind, raw } = openEnvelope(answer)
    if (kind !== `${resource.kind}List`) throw new RangeError(`it is of kind ${kind}`)
    const { metadata = {}, items = [] } = readListIn(raw, message)
    return { metadata: { ...metadata }, items: items as readonly object[] }
  } catch (error) {
    throw notAList(resource, { why: messageOf(error), binary: true })
  }
}

function notAList({ plural }: Resource<unknown>, { why = '', binary = false } = {}): ApiError {
  const because = why === '' ? '' : `: ${why}`
  return new ApiError('Protocol', `Cannot list ${plural}: the answer is not a list${because}`, { binary })
}
