import { type Address, addressBits, compareAddresses, type Family, formatAddress, parseAddress } from './address.ts'

/** A CIDR. Bits beyond `length` are always zero. */
export interface Prefix {
  readonly family: Family
  readonly value: bigint
  readonly length: number
}

export interface ParsePrefixOptions {
  /** Refuse text with bits set beyond the length (`10.0.0.1/24`) instead of masking them. */
  readonly strict?: boolean
}

/** Reads `address/length`; undefined when it is not one. The length is never implied: see `hostPrefix`. */
export function parsePrefix(text: string, options: ParsePrefixOptions = {}): Prefix | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return undefined
  const address = parseAddress(text.slice(0, slash))
  const lengthText = text.slice(slash + 1)
  if (address === undefined || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined
  const length = Number(lengthText)
  if (length > addressBits(address.family)) return undefined
  const prefix = prefixOf(address, length)
  return options.strict === true && prefix.value !== address.value ? undefined : prefix
}

export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(prefix)}/${prefix.length}`
}

/** The prefix of this length around an address. */
export function prefixOf(address: Address, length: number): Prefix {
  const hostBits = BigInt(addressBits(address.family) - length)
  return { family: address.family, value: (address.value >> hostBits) << hostBits, length }
}

/** The /32 or /128 of an address. */
export function hostPrefix(address: Address): Prefix {
  return { family: address.family, value: address.value, length: addressBits(address.family) }
}

/** True when all of `inner` (an address or a prefix) lies in the prefix; a prefix contains itself. */
export function prefixContains(prefix: Prefix, inner: Address | Prefix): boolean {
  if (prefix.family !== inner.family) return false
  if ('length' in inner && inner.length < prefix.length) return false
  const hostBits = BigInt(addressBits(prefix.family) - prefix.length)
  return prefix.value >> hostBits === inner.value >> hostBits
}

export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? prefixContains(a, b) : prefixContains(b, a)
}

/** How many addresses the prefix has. */
export function prefixSize(prefix: Prefix): bigint {
  return 1n << BigInt(addressBits(prefix.family) - prefix.length)
}

/** The address at this position of the prefix, counted from 0; undefined beyond its end. */
export function addressAt(prefix: Prefix, ordinal: number | bigint): Address | undefined {
  const offset = BigInt(ordinal)
  if (offset < 0n || offset >= prefixSize(prefix)) return undefined
  return { family: prefix.family, value: prefix.value + offset }
}

/** The position of an address in the prefix; undefined when it is outside, or farther in than a number counts exactly. */
export function ordinalOf(prefix: Prefix, address: Address): number | undefined {
  if (!prefixContains(prefix, address)) return undefined
  const ordinal = Number(address.value - prefix.value)
  return Number.isSafeInteger(ordinal) ? ordinal : undefined
}

/** Orders by address, then the shorter prefix first; for `sort`. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareAddresses(a, b) || a.length - b.length
}

export function samePrefix(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.value === b.value && a.length === b.length
}
