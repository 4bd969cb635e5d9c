/** A regular expression for the whole numbers from 0 to `most`, written without leading zeros. */
export function decimalUpTo(most: number): string {
  const digits = String(most)
  const shorter = digits.length > 2 ? `[1-9][0-9]{1,${digits.length - 2}}` : digits.length === 2 ? '' : undefined
  if (shorter === undefined) return `[0-${digits}]`
  const alternatives = ['[0-9]', ...(shorter === '' ? [] : [shorter])]
  for (let position = 0; position < digits.length; position++) {
    const digit = Number(digits[position])
    const least = position === 0 ? 1 : 0
    if (digit <= least - 1 || (digit === 0 && least === 0)) continue
    const rest = digits.length - position - 1
    const below = least === digit - 1 ? String(least) : `[${least}-${digit - 1}]`
    if (digit > least) alternatives.push(`${digits.slice(0, position)}${below}${rest === 0 ? '' : `[0-9]{${rest}}`}`)
  }
  return `(${[...alternatives, digits].join('|')})`
}

/** As `decimalUpTo`, from 1. */
export function positiveUpTo(most: number): string {
  return decimalUpTo(most).replace('([0-9]|', '([1-9]|')
}
