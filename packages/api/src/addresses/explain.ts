import { Address4, Address6 } from 'ip-address'
import { addressBits, formatAddress, parseAddress } from './address.ts'
import { formatPrefix, parsePrefix } from './prefix.ts'

/** What is wrong with a text that should be an address; undefined when nothing is. */
export function explainAddress(text: string): string | undefined {
  if (parseAddress(text) !== undefined) return undefined
  const allowed = 'must be an IPv4 address such as 192.0.2.1 or an IPv6 address such as 2001:db8::1'
  if (text.includes('/')) return `${allowed}, without a prefix length`
  if (text.includes('%')) return `${allowed}, without a zone (%…)`
  const usual = usualForm(text)
  return usual === undefined ? allowed : `${allowed}: write ${usual}`
}

export interface ExplainPrefixOptions {
  /** Bits beyond the length must be zero. */
  readonly strict?: boolean
}

/** What is wrong with a text that should be a CIDR; undefined when nothing is. */
export function explainPrefix(text: string, options: ExplainPrefixOptions = {}): string | undefined {
  const prefix = parsePrefix(text)
  if (prefix !== undefined) {
    if (options.strict !== true || parsePrefix(text, { strict: true }) !== undefined) return undefined
    return `must have no bits set beyond its length: write ${formatPrefix(prefix)}`
  }
  const allowed = 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64'
  const slash = text.indexOf('/')
  const part = slash < 0 ? text : text.slice(0, slash)
  const address = parseAddress(part)
  if (address === undefined) return part === '' ? allowed : `${allowed}: ${part} is no address`
  const bits = addressBits(address.family)
  if (slash >= 0) return `${allowed}, with a length of 0 to ${bits}`
  return `${allowed}: for this one address write ${formatAddress(address)}/${bits}`
}

/** What the address library makes of a form that it reads and we do not: zeros before a number, for example. */
function usualForm(text: string): string | undefined {
  try {
    const usual = (text.includes(':') ? new Address6(text) : new Address4(text)).correctForm()
    return parseAddress(usual) === undefined ? undefined : usual
  } catch {
    return undefined
  }
}
