import { bytes, everyText, integer, list, text } from './fields.ts'
import { type Message, message } from './message.ts'

/** The media type of Kubernetes' binary encoding. */
export const protobufType = 'application/vnd.kubernetes.protobuf'

/** Before each object; what follows is a `runtime.Unknown`. */
const magic = Buffer.from('k8s\0', 'latin1')

interface TypeMeta {
  readonly apiVersion?: string
  readonly kind?: string
}

const unknown: Message<{ readonly typeMeta?: TypeMeta; readonly raw?: Uint8Array; readonly contentEncoding?: string }> =
  message({
    typeMeta: [1, message<TypeMeta>({ apiVersion: [1, text], kind: [2, text] })],
    raw: [2, bytes],
    contentEncoding: [3, text],
  })

/** One object in its envelope: which kind it says it is, and its own bytes. Throws when it is none. */
export function openEnvelope(answer: Uint8Array): { readonly kind: string; readonly raw: Uint8Array } {
  if (answer.length < magic.length || magic.compare(answer, 0, magic.length) !== 0) {
    throw new RangeError('it does not begin as an object does')
  }
  const { typeMeta, raw, contentEncoding } = unknown.decode(answer.subarray(magic.length))
  if (contentEncoding !== undefined) throw new RangeError(`its encoding is ${contentEncoding}`)
  return { kind: typeMeta?.kind ?? '', raw: raw ?? new Uint8Array() }
}

export interface ListContent<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly T[]
}

const listMeta: Message<NonNullable<ListContent<unknown>['metadata']>> = message({
  resourceVersion: [2, text],
  continue: [3, text],
})

/** What a list has inside its envelope: `PodList` and all others have the same shape. */
export function readListIn<T>(raw: Uint8Array, item: Message<T>): ListContent<T> {
  return listMessage(item).decode(raw)
}

const listMessages = new WeakMap<Message<unknown>, Message<ListContent<unknown>>>()

function listMessage<T>(item: Message<T>): Message<ListContent<T>> {
  const made =
    listMessages.get(item) ?? message<ListContent<unknown>>({ metadata: [1, listMeta], items: [2, list(item)] })
  listMessages.set(item, made)
  // Made of this very item message.
  return made as Message<ListContent<T>>
}

/** `metav1.Status`: what went wrong. */
export const statusMessage: Message<{
  readonly message?: string
  readonly reason?: string
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
  readonly code?: number
}> = message({
  message: [3, text],
  reason: [4, text],
  details: [
    5,
    message({
      causes: [4, list(message<{ message?: string; field?: string }>({ message: [2, text], field: [3, text] }))],
    }),
  ],
  code: [6, integer],
})

/** `metav1.WatchEvent`; the object is in an envelope of its own. */
export const watchEventMessage: Message<{ readonly type?: string; readonly object?: { readonly raw?: Uint8Array } }> =
  message({ type: [1, everyText], object: [2, message({ raw: [1, bytes] })] })

/** A `Status` in its envelope; undefined when it is something else. */
export function readStatus(answer: Uint8Array): ReturnType<typeof statusMessage.decode> | undefined {
  const { kind, raw } = openEnvelope(answer)
  return kind === 'Status' ? statusMessage.decode(raw) : undefined
}
