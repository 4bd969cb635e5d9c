import { addressBytes, parseAddress } from '@manx/api'
import type { Packet } from '../../src/index.ts'

/** The same as in packets.c; followed by the id. Read as an SCTP parameter it is one to be skipped by who does not know it. */
const mark = [0xc0, 0x42, 0x00, 0x08]

/** The bytes of an IP packet that opens a flow, with the id at its end and all checksums right. */
export function craftPacket(packet: Packet, id: number): Buffer {
  const source = bytesOf(packet.source)
  const destination = bytesOf(packet.destination)
  const payload = craftPayload(packet, id)
  const pseudoHeader = Buffer.concat([source, destination, words(0, payload.length, 0, packet.protocol)])
  if (packet.protocol === 6) putChecksum(payload, 16, pseudoHeader)
  if (packet.protocol === 17) putChecksum(payload, 6, pseudoHeader)
  if (packet.protocol === 1) putChecksum(payload, 2, Buffer.alloc(0))
  if (packet.protocol === 58) putChecksum(payload, 2, pseudoHeader)
  if (packet.protocol === 132) payload.writeUInt32LE(crc32c(payload), 8)
  if (packet.family === 6) {
    const header = [...words(0x6000, 0, payload.length), packet.protocol, 64]
    return Buffer.concat([Buffer.from(header), source, destination, payload])
  }
  const header = Buffer.concat([
    words(0x4500, 20 + payload.length, id & 0xffff, 0x4000),
    Buffer.from([64, packet.protocol, 0, 0]),
    source,
    destination,
  ])
  putChecksum(header, 10, Buffer.alloc(0))
  return Buffer.concat([header, payload])
}

function craftPayload({ protocol, sourcePort = 0, destinationPort = 0, icmp }: Packet, id: number): Buffer {
  const tail = Buffer.concat([Buffer.from(mark), long(id)])
  const ports = words(sourcePort, destinationPort)
  switch (protocol) {
    case 1:
    case 58: {
      const { type = 0, code = 0 } = icmp ?? {}
      return Buffer.concat([Buffer.from([type, code]), words(0, id & 0xffff, id >>> 16), tail])
    }
    case 6:
      // Sequence, acknowledgement, 5 words of header with SYN, window, checksum, urgent.
      return Buffer.concat([ports, long(id), long(0), words(0x5002, 0xffff, 0, 0), tail])
    case 17:
      return Buffer.concat([ports, words(8 + tail.length, 0), tail])
    case 132: {
      // Verification tag 0 and checksum, then INIT: its tag, window, streams, sequence number and the parameter with the id.
      const init = Buffer.concat([words(0x0100, 28), long(id + 1), long(0xffff), words(1, 1), long(id), tail])
      return Buffer.concat([ports, long(0), long(0), init])
    }
    default:
      return tail
  }
}

function bytesOf(text: string): Uint8Array {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`no address: ${text}`)
  return addressBytes(address)
}

/** Big-endian, 16 bits each. */
function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, 2 * index)
  return bytes
}

const long = (value: number): Buffer => words(value >>> 16, value & 0xffff)

/** The internet checksum (RFC 1071) over the bytes and what precedes them, put where zeros are. */
function putChecksum(bytes: Buffer, at: number, before: Buffer): void {
  const all = Buffer.concat([before, bytes, Buffer.alloc(bytes.length % 2)])
  let sum = 0
  for (let index = 0; index < all.length; index += 2) sum += all.readUInt16BE(index)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  bytes.writeUInt16BE(~sum & 0xffff, at)
}

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C, which SCTP writes with its lowest byte first. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
