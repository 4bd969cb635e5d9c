/** Reads an AS number in plain (`4200000001`) or dotted (`64086.59905`) notation; undefined when it is not one. */
export function parseAsNumber(value: string | number): number | undefined {
  if (typeof value === 'number') return isAsNumber(value) ? value : undefined
  const dotted = /^(\d{1,5})\.(\d{1,5})$/.exec(value)
  if (dotted !== null) {
    const high = Number(dotted[1])
    const low = Number(dotted[2])
    return high <= 65_535 && low <= 65_535 ? high * 65_536 + low : undefined
  }
  return /^\d{1,10}$/.test(value) && isAsNumber(Number(value)) ? Number(value) : undefined
}

function isAsNumber(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 4_294_967_295
}
