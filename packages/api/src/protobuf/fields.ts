import type { Reader } from 'protobufjs/minimal.js'
import { type FieldType, message } from './message.ts'

/** A string that JSON leaves out when it is empty. */
export const text: FieldType<string> = { wireType: 2, read: (reader) => reader.string() || undefined }

/** A string that JSON always has. */
export const everyText: FieldType<string> = { wireType: 2, read: (reader) => reader.string() }

/** A string of a small set of values. */
export function textOf<V extends string>(): FieldType<V> {
  // Other values than the type names are as possible as in JSON.
  return text as FieldType<V>
}

/** A boolean that JSON leaves out when it is false. */
export const flag: FieldType<boolean> = { wireType: 0, read: (reader) => reader.bool() || undefined }

/** An integer that JSON leaves out when it is 0. */
export const integer: FieldType<number> = { wireType: 0, read: (reader) => readInteger(reader) || undefined }

/** An integer that JSON always has. */
export const everyInteger: FieldType<number> = { wireType: 0, read: readInteger }

/** int32 and int64. Where all programs of a bundle share protobufjs, its own are objects, which cost more than the rest of a message. */
function readInteger(reader: Reader): number {
  const { buf, pos, len } = reader
  let value = 0
  let factor = 1
  for (let at = pos; at < len && at < pos + safeBytes; at++) {
    const byte = buf[at] ?? 0
    value += (byte & 127) * factor
    if (byte < 128) {
      reader.pos = at + 1
      return value
    }
    factor *= 128
  }
  return Number(reader.int64())
}

/** Seven bits each: what is no longer is below 2^53, and not negative. */
const safeBytes = 7

export const bytes: FieldType<Uint8Array> = {
  wireType: 2,
  read: (reader) => {
    const length = reader.size()
    const start = reader.pos
    reader.skip(length)
    return reader.raw(start, start + length)
  },
}

/** A field that may be there any number of times. */
export function list<V>(item: FieldType<V>): FieldType<readonly V[]> & { readonly item: FieldType<V> } {
  return {
    item,
    wireType: item.wireType,
    read: (reader, before) => {
      const items = (before ?? []) as V[]
      const value = item.read(reader, undefined)
      if (value !== undefined) items.push(value)
      return items
    },
  }
}

/** Of strings to strings. */
export const textMap: FieldType<Readonly<Record<string, string>>> = {
  wireType: 2,
  read: (reader, before) => {
    const map = (before ?? {}) as Record<string, string>
    const length = reader.size()
    const end = reader.pos + length
    let key = ''
    let value = ''
    while (reader.pos < end) {
      const tag = reader.tag()
      if (tag === keyTag) key = reader.string()
      else if (tag === valueTag) value = reader.string()
      else reader.skipType(tag & 7, 0, tag >>> 3)
    }
    if (reader.pos !== end) throw new RangeError('an entry ends behind its map')
    if (key === '__proto__') Object.defineProperty(map, key, { value, enumerable: true })
    else map[key] = value
    return map
  },
}

const keyTag = (1 << 3) | 2
const valueTag = (2 << 3) | 2

/** A value that JSON shows in another form than the message has. */
export function convert<T, V>(from: FieldType<T>, to: (value: T) => V | undefined): FieldType<V> {
  return {
    wireType: from.wireType,
    read: (reader) => {
      const value = from.read(reader, undefined)
      return value === undefined ? undefined : to(value)
    },
  }
}

/** A point of time, to the second. Go's zero is an empty message, and null in JSON. */
export const time: FieldType<string> = convert(
  message<{ readonly seconds?: number }>({ seconds: [1, everyInteger] }),
  ({ seconds }) => (seconds === undefined ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, -5)}Z`),
)

/** A number or a name of one: `intstr.IntOrString`. */
export const integerOrText: FieldType<number | string> = convert(
  message<{ readonly type?: number; readonly number?: number; readonly name?: string }>({
    type: [1, everyInteger],
    number: [2, everyInteger],
    name: [3, everyText],
  }),
  ({ type = 0, number = 0, name = '' }) => (type === 0 ? number : name),
)
