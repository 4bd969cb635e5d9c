import { isIPv4, isIPv6 } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { formatIp, maskIp, parseIp, parseIpPrefix } from '../src/ip-text.ts'

describe('address text', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is %s', (text, canonical) => {
    const bytes = parseIp(text)
    expect(bytes && formatIp(bytes)).toBe(canonical)
  })

  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1..2.3',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8::',
  ])('%j is no address', (text) => {
    expect(parseIp(text)).toBeUndefined()
  })

  test.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/01', '10.0.0.0/-1', '/8'])('%j is no prefix', (text) => {
    expect(parseIpPrefix(text)).toBeUndefined()
  })

  test('all bytes come back from their text', () => {
    for (const length of [4, 16]) {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
          expect(parseIp(formatIp(bytes))).toEqual(bytes)
        }),
      )
    }
  })

  test('what is an address is what Node says', () => {
    const texts = fc.stringMatching(/^[0-9a-f:.]{0,20}$/)
    fc.assert(
      fc.property(texts, (text) => {
        // Node takes 1:2:3:4:5:6:7:: and ::2:3:4:5:6:7:8, so do we: the gap may stand for one group.
        expect(parseIp(text) !== undefined).toBe(isIPv4(text) || isIPv6(text))
      }),
      { numRuns: 2000 },
    )
  })

  test('a mask clears or sets exactly the host bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(128), (bytes, length) => {
        const bits = (value: Uint8Array) => Array.from(value, (byte) => byte.toString(2).padStart(8, '0')).join('')
        expect(bits(maskIp(bytes, length))).toBe(bits(bytes).slice(0, length).padEnd(128, '0'))
        expect(bits(maskIp(bytes, length, true))).toBe(bits(bytes).slice(0, length).padEnd(128, '1'))
      }),
    )
  })
})
