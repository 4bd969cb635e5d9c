import { hostLittleEndian } from '../syscalls.ts'
import { messageHeader } from './message-writer.ts'

const decoder = new TextDecoder()
const attributeTypeMask = 0x3fff

/** Walks the attributes of a part of a buffer. After `next()` is true, type, offset and length are those of the payload. */
export class Attributes {
  readonly #view: DataView
  readonly #bytes: Uint8Array
  #next: number
  readonly #end: number
  type = 0
  offset = 0
  length = 0

  constructor(bytes: Uint8Array, view: DataView, start: number, end: number) {
    this.#bytes = bytes
    this.#view = view
    this.#next = start
    this.#end = end
  }

  next(): boolean {
    const start = this.#next
    if (start + 4 > this.#end) return false
    const length = this.#view.getUint16(start, hostLittleEndian)
    // A broken length would loop for ever or read foreign bytes.
    if (length < 4 || start + length > this.#end) return false
    this.type = this.#view.getUint16(start + 2, hostLittleEndian) & attributeTypeMask
    this.offset = start + 4
    this.length = length - 4
    this.#next = start + ((length + 3) & ~3)
    return true
  }

  u8(): number {
    return this.#view.getUint8(this.offset)
  }

  u16(): number {
    return this.#view.getUint16(this.offset, hostLittleEndian)
  }

  u16be(): number {
    return this.#view.getUint16(this.offset)
  }

  u32(): number {
    return this.#view.getUint32(this.offset, hostLittleEndian)
  }

  u32be(): number {
    return this.#view.getUint32(this.offset)
  }

  i32be(): number {
    return this.#view.getInt32(this.offset)
  }

  u64be(): bigint {
    return this.#view.getBigUint64(this.offset)
  }

  /** Without the terminating zero. */
  string(): string {
    let end = this.offset + this.length
    while (end > this.offset && this.#bytes[end - 1] === 0) end--
    return decoder.decode(this.#bytes.subarray(this.offset, end))
  }

  /** A copy: the receive buffer is used again. */
  bytes(): Uint8Array {
    return this.#bytes.slice(this.offset, this.offset + this.length)
  }

  /** This attribute, kept while the cursor goes on. Valid as long as the buffer is. */
  copy(): Attributes {
    const copy = new Attributes(this.#bytes, this.#view, this.#next, this.#end)
    copy.type = this.type
    copy.offset = this.offset
    copy.length = this.length
    return copy
  }

  /** A cursor over the rest that ends earlier, for lists of structures that have attributes inside. */
  upTo(end: number): Attributes {
    return new Attributes(this.#bytes, this.#view, this.#next, Math.min(end, this.#end))
  }

  nested(skip = 0): Attributes {
    return new Attributes(this.#bytes, this.#view, this.offset + skip, this.offset + this.length)
  }

  /** View of the payload's buffer, for fixed structures inside an attribute; offsets are those of this cursor. */
  get view(): DataView {
    return this.#view
  }
}

/** Walks the messages of one datagram. After `next()` is true, the fields are those of the current message. */
export class MessageReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  #next = 0
  #end = 0
  type = 0
  flags = 0
  sequence = 0
  port = 0
  /** Offset of the payload, behind nlmsghdr. */
  offset = 0
  /** End of the message. */
  end = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** Starts over on a datagram of this length at the buffer's begin. */
  reset(length: number): void {
    this.#next = 0
    this.#end = Math.min(length, this.bytes.length)
  }

  next(): boolean {
    const start = this.#next
    if (start + messageHeader > this.#end) return false
    const view = this.view
    const length = view.getUint32(start, hostLittleEndian)
    if (length < messageHeader || start + length > this.#end) return false
    this.type = view.getUint16(start + 4, hostLittleEndian)
    this.flags = view.getUint16(start + 6, hostLittleEndian)
    this.sequence = view.getUint32(start + 8, hostLittleEndian)
    this.port = view.getUint32(start + 12, hostLittleEndian)
    this.offset = start + messageHeader
    this.end = start + length
    this.#next = start + ((length + 3) & ~3)
    return true
  }

  u8(offset: number): number {
    return this.view.getUint8(this.offset + offset)
  }

  u16(offset: number): number {
    return this.view.getUint16(this.offset + offset, hostLittleEndian)
  }

  u32(offset: number): number {
    return this.view.getUint32(this.offset + offset, hostLittleEndian)
  }

  i32(offset: number): number {
    return this.view.getInt32(this.offset + offset, hostLittleEndian)
  }

  /** Attributes behind a fixed structure of `skip` bytes. */
  attributes(skip: number): Attributes {
    return new Attributes(this.bytes, this.view, this.offset + skip, this.end)
  }
}
