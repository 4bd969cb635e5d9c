import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { BGPConfiguration, BGPPeer, FelixConfiguration, IPPool, validate } from '../src/index.ts'
import { salvage } from '../src/informer/salvage.ts'

type Spec = Readonly<Record<string, unknown>>

const felix = (spec: unknown, name = 'default') =>
  ({ apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', metadata: { name }, spec }) as never
const pool = (spec: unknown) =>
  ({ apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name: 'pool' }, spec }) as never
const specOf = (object: { readonly spec: unknown } | undefined) => object?.spec

describe('of a malformed FelixConfiguration', () => {
  const keep = (spec: unknown, last?: Spec) =>
    specOf(salvage(FelixConfiguration, felix(spec), { last, defaults: 'all' }))

  test.each<[string, unknown, Spec | undefined, Spec | undefined]>([
    ['what is right applies', { mtuIfacePattern: 7, ipv6Support: false }, undefined, { ipv6Support: false }],
    [
      'the last valid value stays',
      { mtuIfacePattern: 7, ipv6Support: false },
      { mtuIfacePattern: '^eth', ipv6Support: true },
      { mtuIfacePattern: '^eth', ipv6Support: false },
    ],
    ['a field that had no value gets none', { mtuIfacePattern: 7 }, { ipv6Support: true }, {}],
    [
      'a list is a value as a whole',
      { failsafeInboundHostPorts: [{ protocol: 'TCP', port: 22 }, { port: 'ssh' }] },
      { failsafeInboundHostPorts: [{ protocol: 'TCP', port: 2222 }] },
      { failsafeInboundHostPorts: [{ protocol: 'TCP', port: 2222 }] },
    ],
    ['the last one stays when there is nothing to read', 'nonsense', { ipv6Support: true }, { ipv6Support: true }],
    ['nothing stays when there never was anything', 'nonsense', undefined, undefined],
    ['a selector that may not be there is left out', { nodeSelector: 'all()' }, undefined, {}],
  ])('%s', (_, spec, last, expected) => {
    expect(keep(spec, last)).toEqual(expected)
  })

  test('nothing stays of one whose nodes nobody can know', () => {
    const odd = felix({ nodeSelector: 'rack ===', ipv6Support: true }, 'racks')
    expect(salvage(FelixConfiguration, odd, { last: undefined, defaults: 'all' })).toBeUndefined()
  })
})

describe('of a malformed IPPool', () => {
  const keep = (spec: unknown, last?: Spec) => specOf(salvage(IPPool, pool(spec), { last, defaults: ['natOutgoing'] }))

  test('its last selector stays, and the rest applies', () => {
    const last = { cidr: '10.0.0.0/16', nodeSelector: 'rack == "a"', disabled: false }
    expect(keep({ cidr: '10.0.0.0/16', nodeSelector: 'rack ===', disabled: true }, last)).toEqual({
      ...last,
      disabled: true,
    })
  })

  test('nothing stays when its selector was never valid: it would be for more nodes than it is meant for', () => {
    expect(keep({ cidr: '10.0.0.0/16', nodeSelector: 'rack ===' })).toBeUndefined()
  })

  test('its status stays where it is right', () => {
    const condition = { type: 'Allocatable', status: 'True', reason: 'OK', message: '' }
    const stored = (conditions: unknown) =>
      ({ ...(pool({ cidr: '10.0.0.0/16', natOutgoing: 'yes' }) as object), status: { conditions } }) as never
    const kept = (conditions: unknown) =>
      salvage(IPPool, stored(conditions), { last: undefined, defaults: ['natOutgoing'] })
    const conditions = [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }]
    expect(kept(conditions)).toMatchObject({ spec: { cidr: '10.0.0.0/16' }, status: { conditions } })
    expect(kept('nonsense')).not.toHaveProperty('status')
  })

  test('natOutgoing falls back to its default', () => {
    expect(keep({ cidr: '10.0.0.0/16', natOutgoing: 'yes' })).toEqual({ cidr: '10.0.0.0/16' })
  })
})

describe('of a malformed BGPPeer', () => {
  const object = (spec: unknown) =>
    ({ apiVersion: 'projectcalico.org/v3', kind: 'BGPPeer', metadata: { name: 'tor' }, spec }) as never
  const keep = (spec: unknown, last?: Spec) =>
    specOf(salvage(BGPPeer, object(spec), { last, defaults: [], asWhole: true }))
  const broken = { nodeSelector: "rack == '1' && ", peerIP: '192.0.2.1', asNumber: 65000 }

  test('all of the last one stays: without its node it would be for every node', () => {
    const last = { node: 'n1', peerIP: '192.0.2.9', asNumber: 65000 }
    expect(keep(broken, last)).toEqual(last)
  })

  test('nothing stays when there never was anything', () => {
    expect(keep(broken)).toBeUndefined()
  })
})

test('an unknown community leaves the AS number of a BGPConfiguration in force, whether there was a valid one or not', () => {
  const object = (spec: unknown) =>
    ({ apiVersion: 'projectcalico.org/v3', kind: 'BGPConfiguration', metadata: { name: 'default' }, spec }) as never
  const advertise = (...communities: string[]) => [{ cidr: '10.0.0.0/8', communities }]
  const rest = { asNumber: 65001, nodeToNodeMeshEnabled: false }
  const communities = [{ name: 'bgp-large', value: '64512:1:1' }]
  const typo = { ...rest, communities, prefixAdvertisements: advertise('bgp-larg') }
  const defaults = ['communities', 'prefixAdvertisements']
  const last = { ...rest, asNumber: 65002, communities, prefixAdvertisements: advertise('bgp-large') }
  expect(specOf(salvage(BGPConfiguration, object(typo), { last, defaults }))).toEqual({ ...last, asNumber: 65001 })
  expect(specOf(salvage(BGPConfiguration, object(typo), { last: undefined, defaults }))).toEqual(rest)
})

test('whatever comes, what stays is valid, and has each field that is right by itself', () => {
  const right = {
    ipv6Support: fc.boolean(),
    mtuIfacePattern: fc.constantFrom('^eth', '^en.*'),
    interfacePrefix: fc.constantFrom('cali', 'cali,tap'),
    iptablesRefreshInterval: fc.constantFrom('30s', '5m0s'),
    failsafeInboundHostPorts: fc.constantFrom([], [{ protocol: 'TCP', port: 22 }]),
  }
  const any = fc.record(
    Object.fromEntries(Object.entries(right).map(([name, value]) => [name, fc.oneof(value, fc.jsonValue())])),
    { requiredKeys: [] },
  )
  const last = fc.option(fc.record(right, { requiredKeys: [] }), { nil: undefined })
  fc.assert(
    fc.property(any, last, (spec, before) => {
      const kept = salvage(FelixConfiguration, felix(spec), { last: before, defaults: 'all' })
      expect(kept).toBeDefined()
      expect(validate(FelixConfiguration, kept, { unknownFields: 'ignore' })).toEqual([])
      for (const [field, value] of Object.entries(spec)) {
        const alone = validate(FelixConfiguration, felix({ [field]: value })).length === 0
        const expected = alone ? value : (before as Spec | undefined)?.[field]
        expect((specOf(kept) as Spec)[field]).toEqual(expected)
      }
    }),
  )
})
