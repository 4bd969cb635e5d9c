import { describe, expect, test } from '@jest/globals'
import { type CniResult, formatResult, parseResult } from '../../src/spec/result.ts'

const result: CniResult = {
  interfaces: [
    { name: 'cali0123', mac: 'ee:ee:ee:ee:ee:ee', mtu: 1500 },
    { name: 'eth0', mac: '02:00:00:00:00:01', mtu: 1500, sandbox: '/run/netns/x' },
  ],
  ips: [
    { address: '10.0.0.5/32', gateway: '169.254.1.1', interface: 1 },
    { address: 'fd00::5/128', gateway: 'fe80::ecee:eeff:feee:eeee', interface: 1 },
  ],
  routes: [{ dst: '0.0.0.0/0', gw: '169.254.1.1' }],
  dns: { nameservers: ['10.96.0.10'] },
}

const withoutMtu = [
  { name: 'cali0123', mac: 'ee:ee:ee:ee:ee:ee' },
  { name: 'eth0', mac: '02:00:00:00:00:01', sandbox: '/run/netns/x' },
]
const withFamily = [
  { version: '4', ...result.ips[0] },
  { version: '6', ...result.ips[1] },
]

describe('the result of ADD', () => {
  test.each([
    ['0.3.1', { interfaces: withoutMtu, ips: withFamily }],
    ['0.4.0', { interfaces: withoutMtu, ips: withFamily }],
    ['1.0.0', { interfaces: withoutMtu, ips: result.ips }],
    ['1.1.0', { interfaces: result.interfaces, ips: result.ips }],
  ] as const)('in version %s', (version, expected) => {
    const { routes, dns } = result
    expect(JSON.parse(formatResult(version, result))).toEqual({ cniVersion: version, routes, dns, ...expected })
  })

  test.each(['0.3.1', '0.4.0', '1.0.0'] as const)('of version %s is read back but for the MTU', (version) => {
    const back = parseResult(JSON.parse(formatResult(version, result)), 'prevResult')
    expect(back).toEqual({ ...result, interfaces: withoutMtu })
  })

  test('of version 1.1.0 is read back whole', () => {
    expect(parseResult(JSON.parse(formatResult('1.1.0', result)), 'prevResult')).toEqual(result)
  })

  test('may lack all its lists', () => {
    expect(parseResult({ cniVersion: '1.0.0' }, 'prevResult')).toEqual({ interfaces: [], ips: [], routes: [], dns: {} })
  })
})
