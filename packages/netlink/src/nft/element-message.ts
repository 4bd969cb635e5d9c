import { NetlinkError } from '../netlink-error.ts'
import type { Attributes } from '../wire/message-reader.ts'
import type { MessageWriter } from '../wire/message-writer.ts'
import * as c from './constants.ts'
import {
  compareBytes,
  formatRange,
  formatScalar,
  predecessor,
  scalarBytes,
  scalarRange,
  successor,
} from './data-types.ts'
import { readVerdict } from './decode-expression.ts'
import { writeValue, writeVerdict } from './encode-expression.ts'
import { keyLength, keyParts, paddedLength, type SetShape, setShape } from './set-shape.ts'
import type { NftElement, NftKey, NftScalar, NftSet, NftType, NftVerdict } from './types.ts'

/** An element as the kernel keeps it. */
export interface RawElement {
  readonly key: Uint8Array
  /** Concatenated ranges only: the inclusive end. */
  readonly keyEnd?: Uint8Array | undefined
  /** Marks the first key behind an interval. */
  readonly isEnd: boolean
  readonly data?: Uint8Array | NftVerdict | undefined
}

/** True for an element, false for a bare key. */
export function isElement(item: NftElement | NftKey): item is NftElement {
  return typeof item === 'object' && !ArrayBuffer.isView(item) && !Array.isArray(item)
}

/** Writes what stands for one element: two list entries for an interval with an end, else one. */
export function writeElement(writer: MessageWriter, set: NftSet, item: NftElement | NftKey, deletion: boolean): void {
  const shape = setShape(set)
  const { key, data }: NftElement = isElement(item) ? item : { key: item }
  const parts = keyParts(key)
  if (parts.length !== shape.key.length) {
    throw invalid(`${set.name}: key ${JSON.stringify(key)} has ${parts.length} parts (want ${shape.key.length})`)
  }
  const value = deletion ? undefined : elementData(set, shape, data)
  const [type] = shape.key
  const [part] = parts
  if (shape.interval && type !== undefined && part !== undefined) {
    const { from, to } = scalarRange(type, part)
    writeRaw(writer, { key: from, isEnd: false, data: value })
    // An interval that reaches the last key has no end element.
    const end = successor(to)
    if (end !== undefined) writeRaw(writer, { key: end, isEnd: true })
  } else if (shape.concatInterval) {
    const ranges = parts.map((each, i) => scalarRange(typeAt(shape.key, i), each))
    const from = joined(shape.key, (i) => ranges[i]?.from)
    writeRaw(writer, { key: from, keyEnd: joined(shape.key, (i) => ranges[i]?.to), isEnd: false, data: value })
  } else {
    writeRaw(writer, { key: keyBytes(shape.key, parts), isEnd: false, data: value })
  }
}

function elementData(set: NftSet, shape: SetShape, data: NftElement['data']): Uint8Array | NftVerdict | undefined {
  if (shape.verdictMap) {
    if (isVerdict(data)) return data
    throw invalid(`${set.name}: element without a verdict`)
  }
  if (shape.data === undefined) {
    if (data === undefined) return undefined
    throw invalid(`${set.name}: data for an element of a set that is no map`)
  }
  if (data === undefined || isVerdict(data)) throw invalid(`${set.name}: element without data`)
  return keyBytes(shape.data, keyParts(data))
}

function isVerdict(data: NftElement['data']): data is NftVerdict {
  return typeof data === 'object' && 'verdict' in data
}

function typeAt(types: readonly NftType[], i: number): NftType {
  const type = types[i]
  if (type === undefined) throw invalid(`component ${i} has no type`)
  return type
}

/** The bytes of a key or datum, its components padded when there are more than one. */
export function keyBytes(types: readonly NftType[], parts: readonly NftScalar[]): Uint8Array {
  const [type] = types
  const [part] = parts
  if (type === undefined || part === undefined || parts.length !== types.length) {
    throw invalid(`${parts.length} values for ${types.length} components`)
  }
  if (types.length === 1) return scalarBytes(type, part)
  return joined(types, (i) => scalarBytes(typeAt(types, i), parts[i] ?? ''))
}

function joined(types: readonly NftType[], part: (i: number) => Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(keyLength(types))
  let offset = 0
  for (const [i, type] of types.entries()) {
    bytes.set(part(i) ?? [], offset)
    offset += paddedLength(type)
  }
  return bytes
}

function writeRaw(writer: MessageWriter, element: RawElement): void {
  const entry = writer.beginNested(c.NFTA_LIST_ELEM)
  if (element.isEnd) writer.attrU32be(c.NFTA_SET_ELEM_FLAGS, c.NFT_SET_ELEM_INTERVAL_END)
  writeValue(writer, c.NFTA_SET_ELEM_KEY, element.key)
  if (element.keyEnd !== undefined) writeValue(writer, c.NFTA_SET_ELEM_KEY_END, element.keyEnd)
  const { data } = element
  if (data !== undefined) {
    if ('verdict' in data) writeVerdict(writer, c.NFTA_SET_ELEM_DATA, data)
    else writeValue(writer, c.NFTA_SET_ELEM_DATA, data)
  }
  writer.endNested(entry)
}

/** Reads the entries of an element list. */
export function readElements(list: Attributes, into: RawElement[]): void {
  while (list.next()) {
    if (list.type !== c.NFTA_LIST_ELEM) continue
    const fields = list.nested()
    let key: Uint8Array = new Uint8Array()
    let keyEnd: Uint8Array | undefined
    let data: RawElement['data']
    let isEnd = false
    while (fields.next()) {
      if (fields.type === c.NFTA_SET_ELEM_KEY) key = dataValue(fields.nested()) ?? key
      else if (fields.type === c.NFTA_SET_ELEM_KEY_END) keyEnd = dataValue(fields.nested())
      else if (fields.type === c.NFTA_SET_ELEM_FLAGS) isEnd = (fields.u32be() & c.NFT_SET_ELEM_INTERVAL_END) !== 0
      else if (fields.type === c.NFTA_SET_ELEM_DATA) data = dataValue(fields.nested()) ?? readVerdict(fields.nested())
    }
    into.push({ key, keyEnd, isEnd, data })
  }
}

function dataValue(data: Attributes): Uint8Array | undefined {
  while (data.next()) if (data.type === c.NFTA_DATA_VALUE) return data.bytes()
  return undefined
}

/** Elements in the form that writeElement takes, from the kernel's form. */
export function elementsOf(set: NftSet, raw: readonly RawElement[]): NftElement[] {
  const shape = setShape(set)
  const [type] = shape.key
  if (shape.interval && type !== undefined) return intervals(shape, type, raw)
  if (shape.key.length === 1 && type !== undefined) {
    return raw.map((element) => withData(shape, formatScalar(type, element.key), element.data))
  }
  return raw.map((element) => {
    const { key, keyEnd = key } = element
    let offset = 0
    const parts = shape.key.map((component) => {
      const length = shape.key.length === 1 ? key.length : keyLength([component])
      const from = key.subarray(offset, offset + length)
      const to = keyEnd.subarray(offset, offset + length)
      offset += paddedLength(component)
      return shape.concatInterval ? formatRange(component, from, to) : formatScalar(component, from)
    })
    return withData(shape, parts.length === 1 ? (parts[0] ?? '') : parts, element.data)
  })
}

function intervals(shape: SetShape, type: NftType, raw: readonly RawElement[]): NftElement[] {
  // An end and the next start may have the same key: the end comes first.
  const sorted = raw.toSorted((a, b) => compareBytes(a.key, b.key) || Number(b.isEnd) - Number(a.isEnd))
  const elements: NftElement[] = []
  for (const [i, element] of sorted.entries()) {
    if (element.isEnd) continue
    const next = sorted[i + 1]
    const to = next === undefined ? new Uint8Array(element.key.length).fill(0xff) : predecessor(next.key)
    elements.push(withData(shape, formatRange(type, element.key, to), element.data))
  }
  return elements
}

function withData(shape: SetShape, key: NftKey, data: RawElement['data']): NftElement {
  if (data === undefined) return { key }
  if ('verdict' in data) return { key, data }
  const types = shape.data ?? []
  let offset = 0
  const parts = types.map((type) => {
    const length = keyLength([type])
    const part = formatScalar(type, data.subarray(offset, offset + length))
    offset += paddedLength(type)
    return part
  })
  return { key, data: parts.length === 1 ? (parts[0] ?? '') : parts }
}

/**
 * The element as a dump would give it: texts in canonical form, ranges as prefixes where they are one. With it, wanted and
 * present elements can be compared.
 */
export function canonicalElement(set: NftSet, item: NftElement | NftKey): NftElement {
  const shape = setShape(set)
  const { key, data }: NftElement = isElement(item) ? item : { key: item }
  const value = elementData(set, shape, data)
  const parts = keyParts(key).map((part, i) => {
    const type = typeAt(shape.key, i)
    if (set.interval !== true) return formatScalar(type, scalarBytes(type, part))
    const { from, to } = scalarRange(type, part)
    return formatRange(type, from, to)
  })
  return withData(shape, parts.length === 1 ? (parts[0] ?? '') : parts, value)
}

function invalid(request: string): NetlinkError {
  return new NetlinkError({ errno: 22, request: `nf_tables element: ${request}` })
}
