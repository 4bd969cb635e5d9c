import { describe, expect, test } from '@jest/globals'
import { addressIntent } from '../../src/attach/address-intent.ts'

const none = undefined
const config = {
  assign: { 4: none, 6: none },
  pools: { 4: none, 6: none },
  runtimeAddresses: [],
  runtimeMac: none,
} as const
const args = { addresses: [], mac: none } as const
const pod = { annotations: {}, namespaceAnnotations: {} }
const cni = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`cni.projectcalico.org/${key}`, value]))
const nothing = { pools: {}, addresses: [], mac: none }

describe('the addresses of a pod', () => {
  test.each([
    ['are of every family that has a pool', {}, {}, {}, { families: [4, 6] }],
    ['are of the families that the configuration says', { assign: { 4: none, 6: false } }, {}, {}, { families: [4] }],
    ['may be asked for in CNI_ARGS', {}, { addresses: ['10.0.0.9'] }, {}, { families: [4], addresses: ['10.0.0.9'] }],
    [
      'come from the pools of the configuration',
      { pools: { 4: ['a'], 6: ['b'] } },
      {},
      {},
      { families: [4, 6], pools: { 4: ['a'], 6: ['b'] } },
    ],
    [
      'come from the pools of the annotation rather than of the configuration',
      { pools: { 4: ['a'], 6: none } },
      {},
      { annotations: cni({ ipv4pools: '["c","10.0.0.0/16"]' }) },
      { families: [4, 6], pools: { 4: ['c', '10.0.0.0/16'] } },
    ],
    [
      'come from the pools of the pod rather than of its namespace',
      {},
      {},
      {
        annotations: cni({ ipv4pools: '["pod"]' }),
        namespaceAnnotations: cni({ ipv4pools: '["ns"]', ipv6pools: '["ns6"]' }),
      },
      { families: [4, 6], pools: { 4: ['pod'], 6: ['ns6'] } },
    ],
    [
      'are those of the annotation before those of the runtime',
      { runtimeAddresses: ['10.0.0.1'] },
      { addresses: ['10.0.0.2'] },
      { annotations: cni({ ipAddrs: '["10.0.0.3","FD00::0:3"]' }) },
      { families: [4, 6], addresses: ['10.0.0.3', 'fd00::3'] },
    ],
    [
      'are of the families of the annotation',
      {},
      {},
      { namespaceAnnotations: cni({ ipFamilies: '["IPv6"]' }) },
      { families: [6] },
    ],
    [
      'take the MAC of the annotation',
      {},
      {},
      { annotations: cni({ hwAddr: '0E:00:00:00:00:01' }) },
      { families: [4, 6], mac: '0e:00:00:00:00:01' },
    ],
  ] as const)('%s', (_, inConfig, inArgs, inPod, expected) => {
    const intent = addressIntent(
      { ...config, ...inConfig },
      { ...args, ...inArgs },
      { ...pod, ...inPod },
      { families: [4, 6], onRequest: [4, 6] },
    )
    expect(intent).toEqual({ ...nothing, ...expected })
  })

  test('a namespace cannot fix addresses for its pods', () => {
    const namespaceAnnotations = cni({ ipAddrs: '["10.0.0.3"]' })
    expect(
      addressIntent(config, args, { ...pod, namespaceAnnotations }, { families: [4], onRequest: [4] }).addresses,
    ).toEqual([])
  })

  test('a pool that is named adds its family, though it does not select the pod', () => {
    const available = { families: [4], onRequest: [4, 6] } as const
    const named = { ...pod, annotations: cni({ ipv6pools: '["six"]' }) }
    expect(addressIntent(config, args, named, available).families).toEqual([4, 6])
    expect(addressIntent(config, args, pod, available).families).toEqual([4])
  })

  test('there are none without a pool', () => {
    expect(() => addressIntent(config, args, pod, { families: [], onRequest: [4] })).toThrow(
      'no enabled IPPool selects',
    )
  })

  test.each([
    [{ ipAddrs: 'x' }, 'annotation cni.projectcalico.org/ipAddrs is "x": it must be a JSON list of strings'],
    [{ ipAddrs: '["x"]' }, 'annotation cni.projectcalico.org/ipAddrs has "x": not an address'],
    [{ ipAddrs: '["10.0.0.1","10.0.0.2"]' }, 'has more than one address of a family'],
    [{ ipv4pools: '[]' }, 'annotation cni.projectcalico.org/ipv4pools is empty'],
    [{ ipv4pools: '["fd00::/64"]' }, 'ipv4pools has "fd00::/64": must be an IPv4 CIDR'],
    [{ ipFamilies: '["v4"]' }, 'ipFamilies has "v4": allowed are IPv4 and IPv6'],
    [{ hwAddr: '01:00:00:00:00:01' }, 'hwAddr is "01:00:00:00:00:01": it must be a unicast MAC'],
    [{ hwAddr: 'junk' }, 'hwAddr is "junk"'],
    [{ ipAddrsNoIpam: '["1.2.3.4"]' }, 'annotation cni.projectcalico.org/ipAddrsNoIpam is not supported'],
  ])('%j is refused', (annotations, message) => {
    const run = () =>
      addressIntent(config, args, { ...pod, annotations: cni(annotations) }, { families: [4, 6], onRequest: [4, 6] })
    expect(run).toThrow(message)
    expect(run).toThrow(expect.objectContaining({ code: 'podRefused' }))
  })
})
