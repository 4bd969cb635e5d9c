import { expect, test } from '@jest/globals'
import { formatAddress, parseAddress } from '@manx/api'
import type { NodeAddresses } from '../../src/identity/find-identity.ts'
import { SettledAddresses } from '../../src/identity/settled-addresses.ts'

const found = (...texts: readonly string[]): NodeAddresses =>
  Object.fromEntries(
    texts.flatMap((text) => {
      const [ip = '', length] = text.split('/')
      const address = parseAddress(ip)
      return address === undefined ? [] : [[address.family, { address, length: Number(length), from: 'test' }]]
    }),
  )
const text = (addresses: NodeAddresses) =>
  ([4, 6] as const).flatMap((family) => {
    const one = addresses[family]
    return one === undefined ? [] : [`${formatAddress(one.address)}/${one.length}`]
  })

test.each<[string, string[][], string[]]>([
  ['are those of the first look', [['10.0.0.1/24']], ['10.0.0.1/24']],
  [
    'stay when one is not found for a while',
    [['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.1/24'], ['10.0.0.1/24']],
    ['10.0.0.1/24', 'fd00::1/64'],
  ],
  ['stay when another one is found once', [['10.0.0.1/24'], ['10.0.0.2/24'], ['10.0.0.1/24']], ['10.0.0.1/24']],
  ['stay while each look finds another one', [['10.0.0.1/24'], ['10.0.0.2/24'], ['10.0.0.3/24']], ['10.0.0.1/24']],
  ['change when another one is found twice', [['10.0.0.1/24'], ['10.0.0.2/24'], ['10.0.0.2/24']], ['10.0.0.2/24']],
  ['change with the length alone', [['10.0.0.1/24'], ['10.0.0.1/16'], ['10.0.0.1/16']], ['10.0.0.1/16']],
  [
    'get a second family when it is found twice',
    [['10.0.0.1/24'], ['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.1/24', 'fd00::1/64']],
    ['10.0.0.1/24', 'fd00::1/64'],
  ],
  ['do not get it before', [['10.0.0.1/24'], ['10.0.0.1/24', 'fd00::1/64'], ['10.0.0.1/24']], ['10.0.0.1/24']],
])('the addresses of a node %s', (_, looks, expected) => {
  const settled = new SettledAddresses()
  const results = looks.map((look) => text(settled.look(found(...look))))
  expect(results.at(-1)).toEqual(expected)
})

test('an address that was found once calls for a second look, one that is not found does not', () => {
  const settled = new SettledAddresses()
  const doubtful = (...texts: readonly string[]) => {
    settled.look(found(...texts))
    return settled.isDoubtful
  }
  expect(doubtful('10.0.0.1/24')).toBe(false)
  expect(doubtful('10.0.0.2/24')).toBe(true)
  expect(doubtful('10.0.0.2/24')).toBe(false)
  expect(doubtful()).toBe(false)
})
