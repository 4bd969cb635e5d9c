import { NetlinkError } from './netlink-error.ts'

/** An address as its bytes in network order: 4 or 16. */
export type IpBytes = Uint8Array

/** An address with a prefix length. */
export interface IpPrefix {
  readonly bytes: IpBytes
  readonly length: number
}

/** Reads the text of an address; undefined for anything else (leading zeros and scope ids are refused). */
export function parseIp(text: string): IpBytes | undefined {
  return text.includes(':') ? parseIp6(text) : parseIp4(text)
}

function parseIp4(text: string): IpBytes | undefined {
  const bytes = new Uint8Array(4)
  let part = 0
  let digits = 0
  let value = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? 0x2e : text.charCodeAt(i)
    if (code === 0x2e) {
      if (digits === 0 || value > 255 || part > 3) return undefined
      bytes[part++] = value
      digits = 0
      value = 0
    } else {
      if (code < 0x30 || code > 0x39 || digits === 3 || (digits > 0 && value === 0)) return undefined
      value = value * 10 + code - 0x30
      digits++
    }
  }
  return part === 4 ? bytes : undefined
}

function parseIp6(text: string): IpBytes | undefined {
  const gap = text.indexOf('::')
  if (gap < 0) {
    const groups = parseGroups(text)
    return groups?.length === 16 ? Uint8Array.from(groups) : undefined
  }
  const head = gap === 0 ? [] : parseGroups(text.slice(0, gap))
  const tail = gap + 2 === text.length ? [] : parseGroups(text.slice(gap + 2))
  // "::" stands for at least one group.
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return bytes
}

function parseGroups(text: string): number[] | undefined {
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (i === groups.length - 1 && group.includes('.')) {
      const v4 = parseIp4(group)
      if (v4 === undefined) return undefined
      bytes.push(...v4)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    }
  }
  return bytes
}

/** Canonical text (RFC 5952) of 4 or 16 bytes at an offset. */
export function formatIp(bytes: Uint8Array, offset = 0, length = bytes.length - offset): string {
  if (length === 4) {
    return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`
  }
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[offset + i] ?? 0) << 8) | (bytes[offset + i + 1] ?? 0))
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIp(bytes, offset + 12, 4)}`
  }
  let gapStart = -1
  let gapLength = 1
  for (let i = 0; i < 8; i++) {
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > gapLength) {
      gapStart = i
      gapLength = j - i
    }
    if (j > i) i = j - 1
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  if (gapStart < 0) return text(groups)
  return `${text(groups.slice(0, gapStart))}::${text(groups.slice(gapStart + gapLength))}`
}

/** Reads `address/length`; a bare address is a host prefix. Host bits are kept. */
export function parseIpPrefix(text: string): IpPrefix | undefined {
  const slash = text.indexOf('/')
  const bytes = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (bytes === undefined) return undefined
  const most = bytes.length * 8
  if (slash < 0) return { bytes, length: most }
  const lengthText = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(lengthText)) return undefined
  const length = Number(lengthText)
  return length <= most ? { bytes, length } : undefined
}

/** Sets the bits behind the prefix to zero, or to one. Returns a copy. */
export function maskIp(bytes: IpBytes, length: number, ones = false): IpBytes {
  const masked = bytes.slice()
  for (let i = 0; i < masked.length; i++) {
    const bits = Math.min(8, Math.max(0, length - i * 8))
    const hostBits = 0xff >> bits
    const byte = masked[i] ?? 0
    masked[i] = ones ? byte | hostBits : byte & ~hostBits
  }
  return masked
}

/** The bytes of an address, or an EINVAL that says where it was found. */
export function ipBytes(text: string, where: string): IpBytes {
  const bytes = parseIp(text)
  if (bytes === undefined)
    throw new NetlinkError({ errno: 22, request: `${where}: ${JSON.stringify(text)} is not an address` })
  return bytes
}

/** The bytes and length of a prefix, or an EINVAL that says where it was found. */
export function ipPrefix(text: string, where: string): IpPrefix {
  const prefix = parseIpPrefix(text)
  if (prefix === undefined) {
    throw new NetlinkError({
      errno: 22,
      request: `${where}: ${JSON.stringify(text)} is not an address with prefix length`,
    })
  }
  return prefix
}
