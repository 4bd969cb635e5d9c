import { intOrString } from '../../schema/builders.ts'
import { positiveUpTo } from '../../schema/decimal-up-to.ts'

const message =
  'must be a port (80), a range (8000:8999), both from 1 to 65535, or the name of a port: letters, digits, _, . and -'
const number = positiveUpTo(65_535)
const pattern = `^(${number}(:${number})?|[0-9]*[A-Za-z_.-][A-Za-z0-9_.-]*)$`
const form = new RegExp(pattern)

/** A port, a range of ports, or the name of a port of the endpoint. */
export function policyPort(doc: string) {
  return intOrString(doc, {
    form: 'port',
    maxLength: 128,
    pattern,
    rules: [{ rule: 'type(self) != int || (self >= 1 && self <= 65535)', message }],
    check: explainPort,
  })
}

function explainPort(value: string | number): string | undefined {
  if (typeof value === 'number') return value >= 1 && value <= 65_535 ? undefined : message
  const text = value
  if (!form.test(text)) return message
  const [first = '', last] = text.split(':')
  if (last === undefined || Number(first) <= Number(last)) return undefined
  return `must not end before it begins: write ${last}:${first}`
}

/** Whether it is a port or a range rather than a name; these need a protocol that has ports. */
export function isNumericPort(value: string | number): boolean {
  return typeof value === 'number' || /^\d+(:\d+)?$/.test(value)
}
