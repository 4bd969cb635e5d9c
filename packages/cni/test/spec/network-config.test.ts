import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseNetworkConfig } from '../../src/spec/network-config.ts'

const least = { cniVersion: '1.1.0', name: 'k8s-pod-network', type: 'manx' }
const parse = (config: unknown) => parseNetworkConfig(Buffer.from(JSON.stringify(config)))

describe('a configuration', () => {
  test('with nothing but a name and a version gets defaults', () => {
    expect(parse(least)).toEqual({
      cniVersion: '1.1.0',
      name: 'k8s-pod-network',
      mtu: undefined,
      assign: { 4: undefined, 6: undefined },
      pools: { 4: undefined, 6: undefined },
      allowIpForwarding: false,
      defaultRoutes: true,
      dns: {},
      runtimeAddresses: [],
      runtimeMac: undefined,
      prevResult: undefined,
      validAttachments: undefined,
    })
  })

  test("may be one of Calico's, whose booleans are strings", () => {
    const config = parse({
      ...least,
      cniVersion: '0.3.1',
      mtu: 0,
      ipam: { type: 'calico-ipam', assign_ipv4: 'false', assign_ipv6: 'true', ipv6_pools: ['fd00::/48', 'six'] },
      container_settings: { allow_ip_forwarding: true },
    })
    expect(config).toMatchObject({
      mtu: undefined,
      assign: { 4: false, 6: true },
      pools: { 4: undefined, 6: ['fd00::/48', 'six'] },
      allowIpForwarding: true,
    })
  })

  test.each([
    ['{', 'decode', 'the configuration on standard input is not JSON'],
    ['[]', 'decode', 'the configuration on standard input is not a JSON object'],
    ['{}', 'incompatibleVersion', 'cniVersion: "0.1.0" is not supported'],
    [{ ...least, cniVersion: '0.2.0' }, 'incompatibleVersion', 'cniVersion: "0.2.0" is not supported'],
    [{ ...least, cniVersion: 1 }, 'incompatibleVersion', 'cniVersion: 1 is not supported'],
    [{ ...least, name: undefined }, 'invalidConfig', /^name is not set/],
    [{ ...least, name: 'a/b' }, 'invalidConfig', /^name is "a\/b"/],
    [{ ...least, mtu: 1000 }, 'invalidConfig', 'mtu is 1000: it must be an integer from 1280 to 65535'],
    [{ ...least, mtu: '1400' }, 'invalidConfig', /^mtu is "1400"/],
    [{ ...least, ipam: 'x' }, 'invalidConfig', /^ipam is "x": it must be an object/],
    [{ ...least, ipam: { assign_ipv4: 'yes' } }, 'invalidConfig', /^ipam\.assign_ipv4 is "yes"/],
    [{ ...least, ipam: { ipv4_pools: ['fd00::/64'] } }, 'invalidConfig', /^ipam\.ipv4_pools is "fd00::\/64"/],
    [{ ...least, ipam: { ipv6_pools: 'one' } }, 'invalidConfig', /^ipam\.ipv6_pools is "one": it must be a list/],
    [{ ...least, runtimeConfig: { ips: ['10.0.0.300'] } }, 'invalidConfig', /^runtimeConfig\.ips is "10\.0\.0\.300"/],
    [{ ...least, prevResult: { ips: [{}] } }, 'invalidConfig', 'prevResult.ips[0].address must be a string'],
    [{ ...least, 'cni.dev/valid-attachments': {} }, 'invalidConfig', /^cni\.dev\/valid-attachments is \{\}/],
    [
      { ...least, 'cni.dev/valid-attachments': [{ containerID: '../x', ifname: 'eth0' }] },
      'invalidConfig',
      /^cni\.dev\/valid-attachments\[0\]\.containerID is "\.\.\/x"/,
    ],
  ])('%j is refused, naming what is wrong', (config, code, message) => {
    const input = Buffer.from(typeof config === 'string' ? config : JSON.stringify(config))
    expect(() => parseNetworkConfig(input)).toThrow(message)
    expect(() => parseNetworkConfig(input)).toThrow(expect.objectContaining({ code }))
  })

  test('of any shape is read or refused, never a crash', () => {
    const keys = fc.constantFrom('cniVersion', 'name', 'mtu', 'ipam', 'dns', 'prevResult', 'runtimeConfig', '__proto__')
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), (extra) => {
        try {
          parse({ ...least, ...extra })
        } catch (error) {
          expect(error).toMatchObject({ name: 'CniError' })
        }
      }),
    )
  })
})
