import protobuf, { type Reader } from 'protobufjs/minimal.js'

/**
 * How a field is read. What this returns is what JSON would show, so undefined where Go's `omitempty` leaves the field out.
 * `before` is what was read of the same field already: of lists and maps each entry comes by itself.
 */
export interface FieldType<V> {
  readonly wireType: 0 | 2
  read(reader: Reader, before: unknown): V | undefined
}

/** What is read of a message: the fields that are named, by their numbers in Kubernetes' .proto files. The rest is skipped unread. */
export interface Message<T> extends FieldType<T> {
  readonly fields: Readonly<Record<string, readonly [number: number, type: FieldType<unknown>]>>
  /** The whole of the bytes; throws when they are something else. */
  decode(bytes: Uint8Array): T
}

type FieldsOf<T> = {
  readonly [K in keyof T & string]?: readonly [number: number, type: FieldType<NonNullable<T[K]>>]
}

/** A message by those of its fields that somebody reads. */
export function message<T extends object>(fields: FieldsOf<T>): Message<T> {
  const known = Object.entries<readonly [number, FieldType<unknown>] | undefined>(fields).filter(
    (entry): entry is [string, readonly [number, FieldType<unknown>]] => entry[1] !== undefined,
  )
  const byNumber: { readonly name: string; readonly type: FieldType<unknown> }[] = []
  for (const [name, [number, type]] of known) byNumber[number] = { name, type }
  const readTo = (reader: Reader, end: number): T => {
    const object: Record<string, unknown> = {}
    while (reader.pos < end) {
      const tag = reader.tag()
      const number = tag >>> 3
      const wireType = tag & 7
      const field = byNumber[number]
      if (field === undefined) reader.skipType(wireType, 0, number)
      else {
        if (wireType !== field.type.wireType) throw new RangeError(`field ${field.name} has wire type ${wireType}`)
        const value = field.type.read(reader, object[field.name])
        if (value !== undefined) object[field.name] = value
      }
    }
    if (reader.pos !== end) throw new RangeError('a field ends behind its message')
    // Which fields there are is the sender's: as with JSON, whoever reads the object must not rely on more than it checks.
    return object as T
  }
  return {
    fields: Object.fromEntries(known),
    wireType: 2,
    read: (reader) => {
      const length = reader.size()
      return readTo(reader, reader.pos + length)
    },
    decode: (bytes) => readTo(protobuf.Reader.create(asBuffer(bytes)), bytes.length),
  }
}

/** The reader of Buffers decodes text faster. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
