import { describe, expect, test } from '@jest/globals'
import { formatAddress } from '@manx/api'
import { type DetectionMethod, parseDetectionMethod } from '../../src/config/detection-method.ts'
import { detectAddress, type HostFacts, withLength } from '../../src/identity/detect-address.ts'

const host: HostFacts = {
  interfaces: [
    { name: 'lo', up: true, addresses: ['10.9.9.9/32'] },
    { name: 'docker0', up: true, addresses: ['172.17.0.1/16'] },
    { name: 'eth0', up: false, addresses: ['10.1.0.1/24'] },
    { name: 'eth1', up: true, addresses: ['10.2.0.1/24', '10.2.0.2/24', 'fd02::1/64'] },
    { name: 'ens3', up: true, addresses: ['10.3.0.1/24', 'fd03::1/64'] },
  ],
  internalIps: ['10.3.0.1', 'fd03::1'],
}

const table = (family: 4 | 6, method: string, from: HostFacts = host, source?: string) => {
  const parsed: DetectionMethod =
    method === '' ? { kind: 'internal-ip-or-first-found' } : (parseDetectionMethod(method) ?? { kind: 'first-found' })
  const found = detectAddress(family, parsed, from, source)
  return found && `${formatAddress(found.address)}/${found.length} from ${found.from}`
}

describe('the address of the node', () => {
  test.each([
    [4, '', "10.3.0.1/24 from the Node object's InternalIP"],
    [6, '', "fd03::1/64 from the Node object's InternalIP"],
    [4, 'kubernetes-internal-ip', "10.3.0.1/24 from the Node object's InternalIP"],
    [4, 'first-found', '10.2.0.1/24 from interface eth1'],
    [6, 'first-found', 'fd02::1/64 from interface eth1'],
    [4, 'skip-interface=eth.*', '10.3.0.1/24 from interface ens3'],
    [4, 'interface=nope,ens.*,eth1', '10.3.0.1/24 from interface ens3'],
    [4, 'interface=^lo$', '10.9.9.9/32 from interface lo'],
    [4, 'cidr=10.3.0.0/16,172.17.0.0/16', '172.17.0.1/16 from interface docker0'],
    [6, 'cidr=fd03::/16', 'fd03::1/64 from interface ens3'],
    [4, 'cidr=192.0.2.0/24', undefined],
    [4, 'interface=eth0', undefined],
    [4, 'can-reach=192.0.2.1', undefined],
  ] as const)('IPv%i by %s is %s', (family, method, expected) => {
    expect(table(family, method)).toBe(expected)
  })

  test('by can-reach is what the kernel sends from', () => {
    expect(table(4, 'can-reach=example.org', host, '10.2.0.2')).toBe('10.2.0.2/24 from can-reach=example.org')
  })

  test('is the first found where the Node object has none', () => {
    expect(table(4, '', { ...host, internalIps: ['fd03::1'] })).toBe('10.2.0.1/24 from interface eth1')
    expect(table(4, 'kubernetes-internal-ip', { ...host, internalIps: [] })).toBeUndefined()
  })

  test('stands alone when no interface has it', () => {
    expect(withLength(4, '192.0.2.7', host, 'IP')?.length).toBe(32)
    expect(withLength(6, 'fd99::7', host, 'IP6')?.length).toBe(128)
    expect(withLength(6, '192.0.2.7', host, 'IP6')).toBeUndefined()
  })
})
