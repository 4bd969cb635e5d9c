export type Family = 4 | 6

/** An IPv4 or IPv6 address as a number. Two addresses are the same when family and value are. */
export interface Address {
  readonly family: Family
  readonly value: bigint
}

/** Bits of an address of the family: 32 or 128. */
export function addressBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128
}

/**
 * Reads an address in the usual text forms: dotted IPv4 without leading zeros, RFC 4291 IPv6 with `::` and a dotted tail.
 * Undefined for anything else; zones (`%eth0`) and lengths (`/24`) are anything else.
 */
export function parseAddress(text: string): Address | undefined {
  if (text.includes(':')) {
    const value = parseIPv6(text)
    return value === undefined ? undefined : { family: 6, value }
  }
  const value = parseIPv4(text, 0, text.length)
  return value === undefined ? undefined : { family: 4, value: BigInt(value) }
}

/** Canonical text: dotted IPv4; IPv6 as RFC 5952 has it, with a dotted tail for IPv4-mapped addresses. */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatIPv4(Number(address.value)) : formatIPv6(address.value)
}

/** The address in network byte order: 4 or 16 bytes. */
export function addressBytes(address: Address): Uint8Array {
  const bytes = new Uint8Array(addressBits(address.family) / 8)
  const view = new DataView(bytes.buffer)
  if (address.family === 4) {
    view.setUint32(0, Number(address.value))
    return bytes
  }
  view.setBigUint64(0, address.value >> 64n)
  view.setBigUint64(8, address.value & 0xffff_ffff_ffff_ffffn)
  return bytes
}

/** The address in these 4 or 16 bytes of network order; undefined for any other number of bytes. */
export function addressFromBytes(bytes: Uint8Array): Address | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length === 4) return { family: 4, value: BigInt(view.getUint32(0)) }
  if (bytes.length === 16) return { family: 6, value: (view.getBigUint64(0) << 64n) | view.getBigUint64(8) }
  return undefined
}

/** Orders IPv4 before IPv6, then by value; for `sort`. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.family === b.family && a.value === b.value
}

function parseIPv4(text: string, start: number, end: number): number | undefined {
  let value = 0
  let octet = -1
  let octets = 0
  for (let index = start; index <= end; index++) {
    const code = index === end ? 0x2e : text.charCodeAt(index)
    if (code === 0x2e) {
      if (octet < 0) return undefined
      value = value * 256 + octet
      octet = -1
      octets++
      if (octets > 4) return undefined
      continue
    }
    const digit = code - 0x30
    // A leading zero is refused, because some read it as octal.
    if (digit < 0 || digit > 9 || octet === 0) return undefined
    octet = octet < 0 ? digit : octet * 10 + digit
    if (octet > 255) return undefined
  }
  return octets === 4 ? value : undefined
}

function parseIPv6(text: string): bigint | undefined {
  const groups: number[] = []
  let gap = -1
  let index = 0
  const end = text.length
  if (text.startsWith('::')) {
    gap = 0
    index = 2
  } else if (text.charCodeAt(0) === 0x3a) {
    return undefined
  }
  while (index < end) {
    const start = index
    let group = 0
    let code = text.charCodeAt(index)
    for (let digit = hexDigit(code); digit >= 0; digit = hexDigit(code)) {
      group = group * 16 + digit
      code = text.charCodeAt(++index)
    }
    if (code === 0x2e) {
      const tail = parseIPv4(text, start, end)
      if (tail === undefined) return undefined
      groups.push(tail >>> 16, tail & 0xffff)
      index = end
      break
    }
    if (index === start || index - start > 4) return undefined
    groups.push(group)
    if (index === end) break
    if (code !== 0x3a) return undefined
    index++
    if (text.charCodeAt(index) === 0x3a) {
      if (gap >= 0) return undefined
      gap = groups.length
      index++
    } else if (index === end) {
      return undefined
    }
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return undefined
  const missing = 8 - groups.length
  let value = 0n
  for (let position = 0; position < 8; position++) {
    const inGap = gap >= 0 && position >= gap && position < gap + missing
    const group = inGap ? 0 : groups[gap >= 0 && position >= gap ? position - missing : position]
    value = (value << 16n) | BigInt(group ?? 0)
  }
  return value
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function formatIPv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

function formatIPv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIPv4(Number(value & 0xffff_ffffn))}`
  const groups: number[] = []
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn))
  // RFC 5952 §4.2: the longest run of two or more zero groups becomes `::`, the first one of equals.
  let gapStart = -1
  let gapLength = 1
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > gapLength) {
      gapStart = start
      gapLength = length
    }
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':')
  if (gapStart < 0) return hex(groups)
  return `${hex(groups.slice(0, gapStart))}::${hex(groups.slice(gapStart + gapLength))}`
}
