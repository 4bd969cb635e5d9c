import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  blockAffinityLabels,
  blockAffinityName,
  blockName,
  checkNodeAnnotations,
  handleName,
  hostnameHash,
  interfaceName,
  nodeAsNumber,
  nodeBgpAddresses,
  parseAddress,
  workloadEndpointName,
} from '../src/index.ts'

describe('names', () => {
  test('blocks and their claims', () => {
    expect(blockName('10.0.0.0/26')).toBe('10-0-0-0-26')
    expect(blockName('fd00:10:244::/122')).toBe('fd00-10-244---122')
    expect(blockAffinityName('node-1', '10.0.0.0/26')).toBe('node-1-10-0-0-0-26')
    expect(handleName('k8s-pod-network.ABC')).toBe('k8s-pod-network.abc')
  })

  test('claims of nodes with long names keep within the limit and apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 230, max: 253 }), fc.constantFrom('a', 'b'), (length, last) => {
        const host = 'x'.repeat(length - 1) + last
        const name = blockAffinityName(host, 'fd00:1111:2222:3333:4444:5555:6666:0/122')
        expect(name.length).toBeLessThanOrEqual(253)
        const other = blockAffinityName(`${'x'.repeat(length - 1)}c`, 'fd00:1111:2222:3333:4444:5555:6666:0/122')
        expect(name).not.toBe(other)
      }),
    )
  })

  test('the claim of a node with a long name is named as Calico names it', () => {
    const host = 'x'.repeat(245)
    const hash = createHash('sha256').update(`${host}+10-0-0-0-26`).digest('hex').slice(0, 11)
    expect(blockAffinityName(host, '10.0.0.0/26')).toBe(`${'x'.repeat(228)}-10-0-0-0-26-${hash}`)
  })

  test('the label of a claim is base32 of SHA3-256 without padding, 52 characters', () => {
    fc.assert(
      fc.property(fc.string(), (host) => {
        const text = hostnameHash(host)
        expect(text).toMatch(/^[A-Z2-7]{52}$/)
        const bits = [...text].map((one) =>
          'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'),
        )
        const hex = BigInt(`0b${bits.join('').slice(0, 256)}`)
          .toString(16)
          .padStart(64, '0')
        expect(hex).toBe(createHash('sha3-256').update(host).digest('hex'))
      }),
    )
    expect(blockAffinityLabels('n', 'fd00::/122')).toMatchObject({
      'projectcalico.org/affinity-type': 'host',
      'projectcalico.org/ip-version': '6',
    })
  })

  test('interfaces and endpoints', () => {
    expect(interfaceName('default', 'web-0')).toMatch(/^cali[0-9a-f]{11}$/)
    expect(interfaceName('default', 'web-0')).toBe(
      `cali${createHash('sha1').update('default.web-0').digest('hex').slice(0, 11)}`,
    )
    expect(workloadEndpointName('node-1', 'web-0')).toBe('node--1-k8s-web--0-eth0')
  })
})

describe('node annotations', () => {
  const node = (annotations: Record<string, string>) => ({ metadata: { name: 'n', annotations } })

  test('are read', () => {
    const annotations = {
      'projectcalico.org/IPv4Address': '192.0.2.5/24',
      'projectcalico.org/IPv6Address': '2001:db8::5/64',
      'projectcalico.org/ASNumber': '64512',
    }
    const { v4, v6 } = nodeBgpAddresses(node(annotations))
    expect(v4).toEqual({ address: parseAddress('192.0.2.5'), length: 24 })
    expect(v6).toEqual({ address: parseAddress('2001:db8::5'), length: 64 })
    expect(nodeAsNumber(node(annotations))).toBe(64512)
  })

  test('that are empty are absent, and malformed ones are named', () => {
    expect(nodeBgpAddresses(node({ 'projectcalico.org/IPv4Address': '' }))).toEqual({})
    expect(checkNodeAnnotations(node({ 'projectcalico.org/IPv4Address': '' }))).toEqual([])
    const bad = node({ 'projectcalico.org/IPv4Address': 'fd00::1/64', 'projectcalico.org/ASNumber': 'x' })
    expect(nodeBgpAddresses(bad)).toEqual({})
    expect(checkNodeAnnotations(bad).map(({ path }) => path)).toEqual([
      'metadata.annotations[projectcalico.org/IPv4Address]',
      'metadata.annotations[projectcalico.org/ASNumber]',
    ])
  })
})
