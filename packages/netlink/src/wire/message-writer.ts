import { hostLittleEndian } from '../syscalls.ts'

const encoder = new TextEncoder()

/** Length of struct nlmsghdr. */
export const messageHeader = 16
/** Set in an attribute's type when it has attributes inside. */
const NLA_F_NESTED = 0x8000
/** An attribute's length is a u16 and includes its header of 4. */
export const maxAttributePayload = 0xffff - 4

/**
 * Writes netlink messages one behind another into one buffer that grows. Plain integers are in **host** byte order, as
 * netlink has them; methods that end in `be` write **network** order, as nf_tables wants its integers.
 */
export class MessageWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #view: DataView<ArrayBuffer>
  #length = 0

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  /** What was written. Shares the buffer: valid until the next write. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Forgets all from an offset on; 0 for everything. */
  truncate(length = 0): void {
    this.#length = length
  }

  #reserve(count: number): number {
    const offset = this.#length
    const end = offset + count
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, end))
      grown.set(this.#bytes.subarray(0, offset))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length = end
    return offset
  }

  /** Starts a message; returns its offset for endMessage. */
  beginMessage(type: number, flags: number, sequence: number): number {
    const offset = this.#reserve(messageHeader)
    const view = this.#view
    view.setUint32(offset, 0, hostLittleEndian)
    view.setUint16(offset + 4, type, hostLittleEndian)
    view.setUint16(offset + 6, flags, hostLittleEndian)
    view.setUint32(offset + 8, sequence, hostLittleEndian)
    // Port 0: the kernel.
    view.setUint32(offset + 12, 0, hostLittleEndian)
    return offset
  }

  endMessage(offset: number): void {
    this.#view.setUint32(offset, this.#length - offset, hostLittleEndian)
  }

  /** Adds flags to a message that is written already. */
  addFlags(offset: number, flags: number): void {
    this.#view.setUint16(offset + 6, this.#view.getUint16(offset + 6, hostLittleEndian) | flags, hostLittleEndian)
  }

  u8(value: number): void {
    // Reserve first: growing replaces the view.
    const offset = this.#reserve(1)
    this.#view.setUint8(offset, value)
  }

  u16(value: number): void {
    const offset = this.#reserve(2)
    this.#view.setUint16(offset, value, hostLittleEndian)
  }

  u16be(value: number): void {
    const offset = this.#reserve(2)
    this.#view.setUint16(offset, value)
  }

  u32(value: number): void {
    const offset = this.#reserve(4)
    this.#view.setUint32(offset, value, hostLittleEndian)
  }

  /** Raw bytes, padded to 4. */
  raw(bytes: Uint8Array): void {
    const offset = this.#reserve((bytes.length + 3) & ~3)
    this.#bytes.fill(0, offset, this.#length)
    this.#bytes.set(bytes, offset)
  }

  /** An attribute's header and room for its payload, zero-padded to 4; returns the payload's offset. */
  #attribute(type: number, length: number): number {
    // A longer one would be cut silently: its length field has 16 bits.
    if (length > maxAttributePayload) throw new RangeError(`netlink attribute ${type} of ${length} bytes is too long`)
    const padded = (length + 3) & ~3
    const offset = this.#reserve(4 + padded)
    this.#view.setUint16(offset, length + 4, hostLittleEndian)
    this.#view.setUint16(offset + 2, type, hostLittleEndian)
    if (padded !== length) this.#bytes.fill(0, offset + 4 + length, offset + 4 + padded)
    return offset + 4
  }

  attrU8(type: number, value: number): void {
    const offset = this.#attribute(type, 1)
    this.#view.setUint8(offset, value)
  }

  attrU16(type: number, value: number): void {
    const offset = this.#attribute(type, 2)
    this.#view.setUint16(offset, value, hostLittleEndian)
  }

  attrU16be(type: number, value: number): void {
    const offset = this.#attribute(type, 2)
    this.#view.setUint16(offset, value)
  }

  attrU32(type: number, value: number): void {
    const offset = this.#attribute(type, 4)
    this.#view.setUint32(offset, value, hostLittleEndian)
  }

  attrU32be(type: number, value: number): void {
    const offset = this.#attribute(type, 4)
    this.#view.setUint32(offset, value)
  }

  attrU64be(type: number, value: bigint): void {
    const offset = this.#attribute(type, 8)
    this.#view.setBigUint64(offset, value)
  }

  attrFlag(type: number): void {
    this.#attribute(type, 0)
  }

  attrBytes(type: number, value: Uint8Array): void {
    const offset = this.#attribute(type, value.length)
    this.#bytes.set(value, offset)
  }

  /** With the terminating zero that the kernel's string attributes have. */
  attrString(type: number, value: string): void {
    // Names are ASCII nearly always: then one byte is one character and the encoder is not needed.
    const offset = this.#attribute(type, value.length + 1)
    const bytes = this.#bytes
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) {
        this.#length = offset - 4
        this.attrBytes(type, encoder.encode(`${value}\0`))
        return
      }
      bytes[offset + i] = code
    }
    bytes[offset + value.length] = 0
  }

  /** Starts an attribute that has attributes inside; returns its offset for endNested. */
  beginNested(type: number): number {
    return this.#attribute(type | NLA_F_NESTED, 0) - 4
  }

  /** Like beginNested without the flag that rtnetlink's oldest attributes do not have. */
  beginPlainNested(type: number): number {
    return this.#attribute(type, 0) - 4
  }

  endNested(offset: number): void {
    const length = this.#length - offset
    if (length > 0xffff) throw new RangeError(`netlink attribute list of ${length} bytes is too long`)
    this.#view.setUint16(offset, length, hostLittleEndian)
  }

  /** Overwrites a host-order u16 that was written before. */
  patchU16(offset: number, value: number): void {
    this.#view.setUint16(offset, value, hostLittleEndian)
  }
}
