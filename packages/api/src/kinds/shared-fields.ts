import { parseAddress } from '../addresses/address.ts'
import { explainAddress, explainPrefix } from '../addresses/explain.ts'
import { durationPattern, parseDuration } from '../duration.ts'
import { boolean, defaulted, integer, object, required, string } from '../schema/builders.ts'
import type { Rule } from '../schema/schema.ts'
import { explainSelector } from '../selectors/selector.ts'

/** A selector over labels. */
export function selector(doc: string, options: { readonly noGlobal?: boolean } = {}) {
  const check = (text: string) => {
    const problem = explainSelector(text)
    if (problem !== undefined) return problem
    // The grammar allows global(), but it says nothing about nodes and namespaces.
    return options.noGlobal === true && globalCall.test(text) ? noGlobalRule.message : undefined
  }
  return string(doc, { maxLength: 1024, check, ...(options.noGlobal === true ? { rules: [noGlobalRule] } : {}) })
}

const globalCall = /(^|[^A-Za-z0-9_./-])global\s*\(/
const noGlobalRule: Rule = {
  rule: String.raw`!self.matches('(^|[^A-Za-z0-9_./-])global[ \\t]*\\(')`,
  message: 'must not use global(): it has no meaning for nodes and namespaces',
}

/** A CIDR, in the spelling that the API server accepts; bits beyond the length may be set. */
export function cidr(doc: string, options: { readonly strict?: boolean; readonly rules?: readonly Rule[] } = {}) {
  const strict = options.strict === true
  const rules = [...(strict ? [maskedRule] : []), ...(options.rules ?? [])]
  return string(doc, {
    format: 'cidr',
    maxLength: 48,
    ...(rules.length > 0 ? { rules } : {}),
    check: (text) => explainPrefix(text, { strict }),
  })
}

const maskedRule: Rule = {
  rule: '!isCIDR(self) || cidr(self) == cidr(self).masked()',
  message: 'must have no bits set beyond its length, as 192.0.2.0/24 or 2001:db8::/64',
}

/** An address of one family. */
export function addressOf(doc: string, family: 4 | 6) {
  const message =
    family === 4 ? 'must be an IPv4 address such as 192.0.2.1' : 'must be an IPv6 address such as 2001:db8::1'
  return string(doc, {
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
    maxLength: 64,
    pattern: durationPattern,
    check: (text) =>
      text === '' || parseDuration(text) !== undefined ? undefined : 'must be a duration such as 90s, 1m30s or 250ms',
  })
}

/** An autonomous system number of two or four bytes. */
export function asNumber(doc: string) {
  return integer(doc, { format: 'int64', minimum: 0, maximum: 4_294_967_295 })
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
