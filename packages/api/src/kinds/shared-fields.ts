import { parseAddress } from '../addresses/address.ts'
import { explainAddress, explainPrefix } from '../addresses/explain.ts'
import { durationPattern, parseDuration } from '../duration.ts'
import { boolean, defaulted, integer, object, required, string } from '../schema/builders.ts'
import { decimalUpTo, positiveUpTo } from '../schema/decimal-up-to.ts'
import type { Rule } from '../schema/schema.ts'
import { explainSelector } from '../selectors/selector.ts'

/** For fields that other objects, or the object's own name, rely on. */
export const unchangeable: Rule<string> = {
  rule: 'self == oldSelf',
  message: 'cannot be changed: delete the object and make a new one',
}

/** A selector over labels. */
export function selector(doc: string, options: { readonly noGlobal?: boolean } = {}) {
  const check = (text: string) => {
    const problem = explainSelector(text)
    if (problem !== undefined) return problem
    // The grammar allows global(), but it says nothing about nodes and namespaces.
    return options.noGlobal === true && globalCallPattern.test(text) ? noGlobalRule.message : undefined
  }
  return string(doc, {
    form: 'selector',
    maxLength: 1024,
    check,
    ...(options.noGlobal === true ? { rules: [noGlobalRule] } : {}),
  })
}

/** Where a selector uses `global()`; for the API server, too. */
export const globalCall = String.raw`\bglobal[ \t]*\(`
const globalCallPattern = new RegExp(globalCall)
const noGlobalRule: Rule = {
  rule: `!self.matches(r'${globalCall}')`,
  message: 'must not use global(): it has no meaning for nodes and namespaces',
}

// Formats alone let zeros before a number pass, which some read as octal.
const byte = decimalUpTo(255)
const spelled = `(${byte}([.]${byte}){3}|[0-9A-Fa-f:]+)`
const cidrMessage = 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64'

interface CidrOptions {
  readonly strict?: boolean
  readonly rules?: readonly Rule<string>[]
  readonly maxLength?: number
}

/** A CIDR, in the spelling that the API server accepts; bits beyond the length may be set. */
export function cidr(doc: string, options: CidrOptions = {}) {
  const strict = options.strict === true
  const rules = [...(strict ? [maskedRule] : []), ...(options.rules ?? [])]
  return string(doc, {
    form: 'CIDR',
    format: 'cidr',
    maxLength: options.maxLength ?? 48,
    pattern: `^${spelled}/${decimalUpTo(128)}$`,
    ...(rules.length > 0 ? { rules } : {}),
    check: (text) =>
      explainPrefix(text, { strict }) ?? (/:.*[.]/.test(text) ? `${cidrMessage}, not IPv4 inside of IPv6` : undefined),
  })
}

const maskedRule: Rule = {
  rule: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
  message: 'must have no bits set beyond its length, as 192.0.2.0/24 or 2001:db8::/64',
}

interface NetOptions {
  /** The whole family is refused. */
  readonly notAll?: boolean
  readonly rules?: readonly Rule<string>[]
  /** For lists in lists, where the API server cannot afford a rule for each item. */
  readonly many?: boolean
}

const netMessage = `${cidrMessage}, or an address`
const allMessage = 'must not be 0.0.0.0/0 or ::/0, which leaves nothing'

const netPattern = (notAll: boolean) => `^${spelled}(/${notAll ? positiveUpTo(128) : decimalUpTo(128)})?$`

/** An address or a CIDR; bits beyond the length may be set. */
export function net(doc: string, options: NetOptions = {}) {
  const rules = [
    ...(options.many === true ? [] : [{ rule: 'isIP(self) || isCIDR(self)', message: netMessage }]),
    ...(options.rules ?? []),
  ]
  return string(doc, {
    form: 'address or CIDR',
    maxLength: 48,
    ...(options.many === true ? { formats: ['ipv4', 'ipv6', 'cidr'] } : {}),
    pattern: netPattern(options.notAll === true),
    ...(rules.length > 0 ? { rules } : {}),
    check: (text) => explainNet(text) ?? (options.notAll === true && text.endsWith('/0') ? allMessage : undefined),
  })
}

function explainNet(text: string): string | undefined {
  const problem = parseAddress(text) === undefined ? explainPrefix(text) : undefined
  if (problem !== undefined) return problem
  // No packet has such an address: it is IPv4 or it is IPv6.
  return text.includes(':') && text.includes('.') ? `${netMessage}, not IPv4 inside of IPv6` : undefined
}

const addressMessage = 'must be an IPv4 address such as 192.0.2.1 or an IPv6 address such as 2001:db8::1'

/** An address of either family. */
export function address(doc: string, options: { readonly orEmpty?: boolean } = {}) {
  const orEmpty = options.orEmpty === true
  return string(doc, {
    form: 'address',
    maxLength: 64,
    rules: [
      {
        rule: `${orEmpty ? `self == '' || ` : ''}isIP(self) && !(self.contains(':') && self.contains('.'))`,
        message: addressMessage,
      },
    ],
    check: (text) => {
      if (orEmpty && text === '') return undefined
      return explainAddress(text) ?? (explainNet(text) === undefined ? undefined : addressMessage)
    },
  })
}

/** An address of one family. */
export function addressOf(doc: string, family: 4 | 6) {
  const message =
    family === 4 ? 'must be an IPv4 address such as 192.0.2.1' : 'must be an IPv6 address such as 2001:db8::1'
  return string(doc, {
    form: `IPv${family} address`,
    maxLength: 45,
    rules: [{ rule: `self == '' || isIP(self) && ip(self).family() == ${family}`, message }],
    check: (text) => {
      if (text === '') return undefined
      const address = parseAddress(text)
      if (address === undefined) return explainAddress(text)
      return address.family === family ? undefined : message
    },
  })
}

/** A length of time as Go writes it: `90s`, `1m30s`, `250ms`. */
export function duration(doc: string) {
  return string(doc, {
    form: 'duration',
    maxLength: 64,
    pattern: durationPattern,
    check: (text) =>
      text === '' || parseDuration(text) !== undefined ? undefined : 'must be a duration such as 90s, 1m30s or 250ms',
  })
}

const communityMessage = 'must be aa:nn with numbers up to 65535, or aa:nn:mm with numbers up to 4294967295'

/** What a BGP community or large community looks like; for the API server, too. */
export const communityPattern = (() => {
  const [two, four] = [decimalUpTo(65_535), decimalUpTo(4_294_967_295)]
  return `^(${two}:${two}|${four}:${four}:${four})$`
})()

const communityForm = new RegExp(communityPattern)

/** A BGP community as `aa:nn`, or a large community as `aa:nn:mm`. */
export function community(doc: string, maxLength = 40) {
  return string(doc, {
    form: 'community',
    maxLength,
    pattern: communityPattern,
    check: (text) => (communityForm.test(text) ? undefined : communityMessage),
  })
}

/** An autonomous system number of two or four bytes. */
export function asNumber(doc: string) {
  return integer(doc, { form: 'AS number', format: 'int64', minimum: 0, maximum: 4_294_967_295 })
}

/** A key of a Secret in the namespace that Manx runs in. */
export function secretKey(doc: string) {
  return object(doc, {
    secretKeyRef: object('A key of a Secret in the namespace that Manx runs in.', {
      key: required(string('The key in the Secret.')),
      name: defaulted(string('The name of the Secret.'), ''),
      optional: boolean('Do without when the Secret or its key is missing.'),
    }),
  })
}
