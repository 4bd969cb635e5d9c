import { isIPv4, isIPv6 } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Address6 } from 'ip-address'
import {
  type Address,
  addressAt,
  addressBits,
  addressBytes,
  addressFromBytes,
  compareAddresses,
  explainAddress,
  explainPrefix,
  formatAddress,
  formatPrefix,
  hostPrefix,
  ordinalOf,
  parseAddress,
  parsePrefix,
  prefixContains,
  prefixesOverlap,
  prefixOf,
  prefixSize,
} from '../src/index.ts'

const anyAddress = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((value): Address => ({ family: 4, value })),
  fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value): Address => ({ family: 6, value })),
  // Runs of zeros are where RFC 5952 has its rules.
  fc
    .array(fc.constantFrom(0n, 0n, 0n, 1n, 0xffffn), { minLength: 8, maxLength: 8 })
    .map(
      (groups): Address => ({ family: 6, value: groups.reduce((value: bigint, group) => (value << 16n) | group, 0n) }),
    ),
)
const anyPrefix = anyAddress.chain((address) =>
  fc.integer({ min: 0, max: addressBits(address.family) }).map((length) => prefixOf(address, length)),
)

describe('addresses', () => {
  for (const [text, canonical] of [
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['192.0.2.1', '192.0.2.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0db8:0000:0001:0001:0001:0001:0001', '2001:db8:0:1:1:1:1:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80::ecee:eeff:feee:eeee', 'fe80::ecee:eeff:feee:eeee'],
  ] as const) {
    test(`${text} is ${canonical}`, () => {
      const address = parseAddress(text)
      expect(address && formatAddress(address)).toBe(canonical)
    })
  }

  for (const text of [
    ...['', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', ' 1.2.3.4', '1..2.3', '1.2.3.', '.1.2.3'],
    ...[
      '0x1.2.3.4',
      '1.2.3.4/24',
      '-1.2.3.4',
      ':',
      ':::',
      '1::2::3',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      ':1:2:3:4:5:6:7:8',
    ],
    ...[
      '1:2:3:4:5:6:7:8::',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7:',
      'fe80::1%eth0',
      '::1.2.3',
      '::1.2.3.4:5',
      '1:2:3:4:5:6:7:1.2.3.4',
    ],
  ]) {
    test(`${JSON.stringify(text)} is no address, and why is said`, () => {
      expect(parseAddress(text)).toBeUndefined()
      expect(explainAddress(text)).toMatch(/^must be an IPv4 address such as/)
    })
  }

  test('text and bytes give the same address back', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address)
        expect(addressFromBytes(addressBytes(address))).toEqual(address)
      }),
    )
  })

  test('IPv6 text is what the address library has', () => {
    fc.assert(
      fc.property(anyAddress, ({ family, value }) => {
        fc.pre(family === 6 && value >> 32n !== 0xffffn)
        expect(formatAddress({ family, value })).toBe(Address6.fromBigInt(value).correctForm())
      }),
    )
  })

  test('any text is an address just when Node says so', () => {
    const part = fc.constantFrom('0', '1', '01', '255', '256', 'ff', '12345', '::', ':', '.', '1.2.3.4', 'g')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        expect(parseAddress(text) !== undefined).toBe(isIPv4(text) || isIPv6(text))
      }),
      { numRuns: 5000 },
    )
  })

  test('the order is that of the bytes, IPv4 first', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (a, b) => {
        const wanted = a.family - b.family || Buffer.compare(addressBytes(a), addressBytes(b))
        expect(Math.sign(compareAddresses(a, b))).toBe(Math.sign(wanted))
      }),
    )
  })
})

describe('prefixes', () => {
  for (const [text, canonical] of [
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:db8::ffff/64', '2001:db8::/64'],
    ['::/0', '::/0'],
  ] as const) {
    test(`${text} is ${canonical}`, () => {
      const prefix = parsePrefix(text)
      expect(prefix && formatPrefix(prefix)).toBe(canonical)
      expect(parsePrefix(text, { strict: true }) !== undefined).toBe(text === canonical)
    })
  }

  for (const [text, why] of [
    ['10.0.0.1', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64: for this one address write 10.0.0.1/32'],
    ['::1', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64: for this one address write ::1/128'],
    ['10.0.0.0/33', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64, with a length of 0 to 32'],
    ['2001:db8::/129', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64, with a length of 0 to 128'],
    ['10.0.0.0/08', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64, with a length of 0 to 32'],
    ['10.0/16', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64: 10.0 is no address'],
    ['', 'must be a CIDR such as 192.0.2.0/24 or 2001:db8::/64'],
  ] as const) {
    test(`${JSON.stringify(text)} is no prefix, and why is said`, () => {
      expect(parsePrefix(text)).toBeUndefined()
      expect(explainPrefix(text)).toBe(why)
    })
  }

  test('text gives the same prefix back', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => expect(parsePrefix(formatPrefix(prefix), { strict: true })).toEqual(prefix)),
    )
  })

  test('a prefix contains its first and last address and its own parts, and not what lies beside', () => {
    fc.assert(
      fc.property(anyPrefix, (prefix) => {
        const last = addressAt(prefix, prefixSize(prefix) - 1n)
        expect(last !== undefined && prefixContains(prefix, last)).toBe(true)
        expect(prefixContains(prefix, prefix)).toBe(true)
        expect(addressAt(prefix, prefixSize(prefix))).toBeUndefined()
        const beside = prefix.value + prefixSize(prefix)
        fc.pre(beside < 1n << BigInt(addressBits(prefix.family)))
        expect(prefixContains(prefix, { family: prefix.family, value: beside })).toBe(false)
      }),
    )
  })

  test('positions and addresses go over into each other', () => {
    fc.assert(
      fc.property(anyPrefix, fc.nat(), (prefix, number) => {
        const ordinal = Number(BigInt(number) % prefixSize(prefix))
        const address = addressAt(prefix, ordinal)
        expect(address !== undefined && ordinalOf(prefix, address)).toBe(ordinal)
      }),
    )
  })

  test('two prefixes overlap just when one contains the other', () => {
    fc.assert(
      fc.property(anyPrefix, anyPrefix, (a, b) => {
        expect(prefixesOverlap(a, b)).toBe(prefixContains(a, b) || prefixContains(b, a))
        expect(prefixesOverlap(a, hostPrefix(a))).toBe(true)
      }),
    )
  })
})
