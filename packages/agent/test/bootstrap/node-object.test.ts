import { describe, expect, test } from '@jest/globals'
import { type NodeBgpAddress, parseAddress } from '@manx/api'
import { identityAnnotations, nodesWithSameAddress } from '../../src/bootstrap/node-object.ts'

const found = (text: string, length: number): NodeBgpAddress & { from: string } => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(text)
  return { address, length, from: 'test' }
}
const node = (name: string, annotations: Readonly<Record<string, string>>) => ({ metadata: { name, annotations } })

describe('the annotations of a node', () => {
  test('name both addresses with their networks, and the AS number when one is set', () => {
    const addresses = { 4: found('10.0.0.5', 24), 6: found('fd00::5', 64) }
    expect(identityAnnotations(addresses, 65_001)).toEqual({
      'projectcalico.org/IPv4Address': '10.0.0.5/24',
      'projectcalico.org/IPv6Address': 'fd00::5/64',
      'projectcalico.org/ASNumber': '65001',
    })
  })

  test('lose an address that is gone, and leave an AS number alone that was set by hand', () => {
    expect(identityAnnotations({ 4: found('10.0.0.5', 24) }, undefined)).toEqual({
      'projectcalico.org/IPv4Address': '10.0.0.5/24',
      'projectcalico.org/IPv6Address': null,
    })
  })
})

test('a second node of an address is found, whatever its network', () => {
  const others = [
    node('own', { 'projectcalico.org/IPv4Address': '10.0.0.5/24' }),
    node('twin', { 'projectcalico.org/IPv4Address': '10.0.0.5/16' }),
    node('other', { 'projectcalico.org/IPv4Address': '10.0.0.6/24', 'projectcalico.org/IPv6Address': 'junk' }),
  ]
  expect(nodesWithSameAddress({ 4: found('10.0.0.5', 24) }, 'own', others)).toEqual(['twin'])
})
