import { assumed, boolean, choice, defaulted, integer, intOrString, string, word } from '../../schema/builders.ts'
import { decimalUpTo } from '../../schema/decimal-up-to.ts'
import { duration } from '../shared-fields.ts'

// One line per parameter: what it does and what an absent one means.

export const flag = (doc: string, fallback: boolean) => assumed(boolean(doc), fallback)
export const number = (doc: string, fallback: number, minimum?: number, maximum?: number) =>
  assumed(
    integer(doc, { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) }),
    fallback,
  )
export const port = (doc: string, fallback: number) => number(doc, fallback, 0, 65_535)
export const text = (doc: string, fallback: string) => assumed(string(doc), fallback)
export const time = (doc: string, fallback: string) => assumed(duration(doc), fallback)
export const either = (doc: string, fallback: 'Enabled' | 'Disabled') =>
  assumed(choice(doc, ['Enabled', 'Disabled']), fallback)
export const oneOf = <const T extends string>(doc: string, values: readonly T[], fallback: NoInfer<T>) =>
  assumed(choice(doc, values), fallback)
/** As `oneOf`, but stored by the API server when absent. */
export const storedOneOf = <const T extends string>(doc: string, values: readonly T[], fallback: NoInfer<T>) =>
  defaulted(choice(doc, values), fallback)
export const anyCase = <const T extends string>(doc: string, values: readonly T[], fallback: NoInfer<T>) =>
  assumed(word(doc, values), fallback)
export const ports = (doc: string, fallback: number | string) => assumed(portRange(doc), fallback)

const anyPort = decimalUpTo(65_535)
const portRangeMessage = 'must be a port (80) or a range of ports (30000:32767), 0 to 65535'

/** A port or a range of ports. */
export const portRange = (doc: string) =>
  intOrString(doc, {
    form: 'port',
    maxLength: 11,
    pattern: `^${anyPort}(:${anyPort})?$`,
    rules: [{ rule: 'type(self) != int || (self >= 0 && self <= 65535)', message: portRangeMessage }],
    check: (value) => (isPortRange(value) ? undefined : portRangeMessage),
  })

/** The mark bits of one tool. */
export const markMask = (doc: string) =>
  assumed(
    integer(doc, {
      format: 'int64',
      minimum: 0,
      maximum: 4_294_967_295,
      rules: [
        {
          rule: `!(self in [0, ${Array.from({ length: 32 }, (_, bit) => 2 ** bit).join(', ')}])`,
          message: 'must have at least two bits set',
          holds: (mask) => mask.toString(2).replaceAll('0', '').length >= 2,
        },
      ],
    }),
    0xffff_0000,
  )

/** For parameters of parts that Manx does not have: users' objects stay valid. */
export const unused = (doc: string) => `Accepted for compatibility; has no effect. In Calico: ${doc}`

/** A switch for a feature that Manx must not pretend to have. */
export const neverOn = (doc: string, message: string) =>
  boolean(doc, {
    rules: [{ rule: 'self == false', message }],
    check: (value) => (value ? message : undefined),
  })

function isPortRange(value: number | string): boolean {
  if (typeof value === 'number') return value >= 0 && value <= 65_535
  const [, first = '', last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(value) ?? []
  return first !== '' && Number(first) <= Number(last) && Number(last) <= 65_535
}
