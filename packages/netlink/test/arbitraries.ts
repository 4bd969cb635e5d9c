import fc from 'fast-check'
import { formatIp } from '../src/ip-text.ts'

/** Text of an address. */
export function ipText(family: 4 | 6): fc.Arbitrary<string> {
  const length = family === 4 ? 4 : 16
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => formatIp(bytes))
}

/** Text of a prefix, host bits not cleared. */
export function prefixText(family: 4 | 6): fc.Arbitrary<string> {
  return fc.tuple(ipText(family), fc.integer({ min: 0, max: family === 4 ? 32 : 128 })).map((parts) => parts.join('/'))
}

export const family: fc.Arbitrary<4 | 6> = fc.constantFrom<(4 | 6)[]>(4, 6)
