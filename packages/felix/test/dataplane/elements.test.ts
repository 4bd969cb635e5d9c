import { describe, expect, test } from '@jest/globals'
import type { NftKey } from '@manx/netlink'
import type { SetSpec } from '../../src/calc/ruleset.ts'
import { decodeParts, decodeSet, encodeParts, encodeSet } from '../../src/dataplane/nft/elements.ts'

const table = { family: 'inet', name: 'manx' } as const
const sources: SetSpec = { name: 's', key: ['interface', 'ipv6'] }
const ranges4: SetSpec = { name: 'r', key: ['ipv4'], interval: true }
const ranges6: SetSpec = { name: 'r', key: ['ipv6'], interval: true }
const types: SetSpec = { name: 't', key: ['icmpv6-type'] }
const ports: SetSpec = { name: 'p', key: ['port'], interval: true }
const boxes: SetSpec = { name: 'b', key: ['ipv6', 'protocol', 'port'], interval: true }
const map: SetSpec = { name: 'm', key: ['interface'], verdicts: true }

describe('elements', () => {
  test.each([sources, ranges4, types, ports, boxes, map])('%p is read as it was written', (set) => {
    expect(decodeSet(encodeSet(table, set))).toEqual(set)
  })

  test('sets of a kind that we never make are recognized as such', () => {
    expect(decodeSet({ table, name: 'x', key: 'ether_addr' })).toBeUndefined()
    expect(decodeSet({ table, name: 'x', key: 'ipv4_addr', data: 'mark' })).toBeUndefined()
    expect(decodeSet({ table, name: 'x', key: 'ipv4_addr', dynamic: true })).toBeUndefined()
  })

  const spellings: readonly (readonly [SetSpec, NftKey, readonly string[]])[] = [
    [ranges4, '10.0.0.0/8', ['10.0.0.0-10.255.255.255']],
    [ranges4, '10.0.0.1', ['10.0.0.1-10.0.0.1']],
    [ranges4, '10.0.0.1-10.0.0.6', ['10.0.0.1-10.0.0.6']],
    [ranges6, 'fd00::/64', ['fd00::-fd00::ffff:ffff:ffff:ffff']],
    [ports, 80, ['80-80']],
    [ports, '80-90', ['80-90']],
    [boxes, ['fd00::/127', 6, '1-1024'], ['fd00::-fd00::1', '6-6', '1-1024']],
    [sources, ['cali1', 'FD00:0::1'], ['cali1', 'fd00::1']],
    [types, 135, ['135']],
    [map, 'cali1', ['cali1']],
  ]
  test.each(spellings)('of %p the kernel’s %p is %p', (set, key, parts) => {
    expect(decodeParts(set, key)).toEqual(parts)
  })

  test('numbers are given as numbers, the rest as text', () => {
    expect(encodeParts(types, ['135'])).toBe(135)
    expect(encodeParts(sources, ['cali1', 'fd00::1'])).toEqual(['cali1', 'fd00::1'])
  })
})
