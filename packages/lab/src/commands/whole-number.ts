import { InvalidArgumentError } from 'commander'

/** Reads the value of an option that is a whole number, for commander. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`a whole number is wanted${least === 0 ? '' : `, at least ${least}`}`)
  }
}
