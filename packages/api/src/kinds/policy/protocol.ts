import { intOrString } from '../../schema/builders.ts'
import { positiveUpTo } from '../../schema/decimal-up-to.ts'

const names = ['TCP', 'UDP', 'ICMP', 'ICMPv6', 'SCTP', 'UDPLite'] as const
const message = `must be one of ${names.join(', ')}, or a number from 1 to 255`
const pattern = `^(${names.join('|')}|${positiveUpTo(255)})$`
const form = new RegExp(pattern)

/** An IP protocol by name or number. */
export function protocol(doc: string) {
  return intOrString(doc, {
    form: 'protocol',
    maxLength: 16,
    pattern,
    rules: [{ rule: 'type(self) != int || (self >= 1 && self <= 255)', message }],
    check: (value) => (form.test(String(value)) ? undefined : message),
  })
}

const numbers = { ICMP: 1, TCP: 6, UDP: 17, ICMPv6: 58, SCTP: 132 } as const

export type ProtocolName = keyof typeof numbers

/** CEL: whether a protocol is one of these, by name or by number. */
export function celProtocolIs(field: string, wanted: readonly ProtocolName[]): string {
  return wanted
    .map((name) => `${field} == '${name}' || ${field} == ${numbers[name]} || ${field} == '${numbers[name]}'`)
    .join(' || ')
}

/** Whether a protocol is one of these, by name or by number. */
export function protocolIs(value: string | number | undefined, wanted: readonly ProtocolName[]): boolean {
  return wanted.some((name) => value === name || String(value) === String(numbers[name]))
}
