import { Address4, Address6 } from 'ip-address'
import { formatAddress, parseAddress } from './address.ts'
import { formatPrefix, parsePrefix } from './prefix.ts'

/** What is wrong with a text that should be an address; undefined when nothing is. */
export function explainAddress(text: string): string | undefined {
  if (parseAddress(text) !== undefined) return undefined
  const allowed = 'must be an IPv4 address such as 192.0.2.1 or an IPv6 address such as 2001:db8::1'
  if (text.includes('/')) return `${allowed}, without a prefix length`
  if (text.includes('%')) return `${allowed}, without a zone (%…)`
  return withReason(allowed, text)
}

export interface ExplainPrefixOptions {
  /** Bits beyond the length must be zero. */
  readonly strict?: boolean
}

/** What is wrong with a text that should be a CIDR; undefined when nothing is. */
export function explainPrefix(text: string, options: ExplainPrefixOptions = {}): string | undefined {
  const prefix = parsePrefix(text)
  const allowed = 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64'
  if (prefix !== undefined) {
    if (options.strict !== true || parsePrefix(text, { strict: true }) !== undefined) return undefined
    return `must have no bits set beyond its length: write ${formatPrefix(prefix)}`
  }
  const address = parseAddress(text)
  if (address !== undefined) {
    return `${allowed}: for this one address write ${formatAddress(address)}/${address.family === 4 ? 32 : 128}`
  }
  return withReason(allowed, text)
}

/** Adds what the address library makes of an odd form; it reads more forms than we accept. */
function withReason(allowed: string, text: string): string {
  try {
    const odd = text.includes(':') ? new Address6(text) : new Address4(text)
    return `${allowed}: write ${odd.correctForm()}`
  } catch (error) {
    const reason = error instanceof Object && 'message' in error ? String(error.message) : ''
    return reason === '' ? allowed : `${allowed} (${reason.replace(/\.$/, '')})`
  }
}
