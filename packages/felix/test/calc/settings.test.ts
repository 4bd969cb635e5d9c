import { describe, expect, test } from '@jest/globals'
import { defaultSettings, resolveSettings } from '../../src/calc/resolve-settings.ts'

const resolve = (
  environment: Record<string, string>,
  objects: Record<string, object> = {},
): ReturnType<typeof resolveSettings> =>
  resolveSettings({
    node: 'node-1',
    environment,
    objects: Object.entries(objects).map(([name, spec]) => ({ metadata: { name }, spec })),
  })

describe('settings', () => {
  test('without any configuration the built-in defaults are in force', () => {
    expect(defaultSettings).toMatchObject({
      interfacePrefix: ['cali'],
      ipv6Support: true,
      defaultEndpointToHostAction: 'Drop',
      nftablesRefreshInterval: 180_000,
      routeRefreshInterval: 90_000,
      deviceRouteProtocol: 3,
      ipv4NormalRoutePriority: 1024,
      removeExternalRoutes: true,
      natOutgoingExclusions: 'IPPoolsOnly',
    })
  })

  test('the environment is above the node, the node above the global object', () => {
    const objects = {
      default: { deviceRouteProtocol: 79, ipv6Support: false, natPortRange: '1000:2000' },
      'node.node-1': { deviceRouteProtocol: 81, ipv6Support: true },
      'node.node-2': { deviceRouteProtocol: 99, natPortRange: '1:2' },
    }
    const { settings, issues } = resolve({ FELIX_DEVICEROUTEPROTOCOL: '82' }, objects)
    expect(settings).toMatchObject({
      deviceRouteProtocol: 82,
      ipv6Support: true,
      natPortRange: { from: 1000, to: 2000 },
    })
    expect(issues).toEqual([])
  })

  const accepted: readonly (readonly [string, string, string, unknown])[] = [
    ['FELIX_DEFAULTENDPOINTTOHOSTACTION', 'ACCEPT', 'defaultEndpointToHostAction', 'Accept'],
    ['Felix_InterfacePrefix', 'cali, tap', 'interfacePrefix', ['cali', 'tap']],
    ['FELIX_NFTABLESREFRESHINTERVAL', '90', 'nftablesRefreshInterval', 90_000],
    ['FELIX_NFTABLESREFRESHINTERVAL', '1m30s', 'nftablesRefreshInterval', 90_000],
    ['FELIX_NATOUTGOINGADDRESS', '192.0.2.1', 'natOutgoingAddress', '192.0.2.1'],
    ['FELIX_IPV6SUPPORT', 'false', 'ipv6Support', false],
    ['FELIX_DEVICEROUTEPROTOCOL', 'none', 'deviceRouteProtocol', 3],
  ]
  test.each(accepted)('%s=%s sets %s', (name, value, field, expected) => {
    const { settings, issues } = resolve({ [name]: value })
    expect(settings).toMatchObject({ [field]: expected })
    expect(issues).toEqual([])
  })

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['defaultEndpointToHostAction', 'Reject', 'one of Drop, Accept, Return'],
    ['deviceRouteProtocol', 256, "a whole number from 1 to 255 other than 80, which BGP's routes have"],
    ['deviceRouteProtocol', 80, "a whole number from 1 to 255 other than 80, which BGP's routes have"],
    ['natOutgoingAddress', 'fd00::1', 'an IPv4 address'],
    ['natPortRange', '2000:1000', 'a port or a range n:m, 0 to 65535'],
    [
      'interfacePrefix',
      'cali, muchtoolongprefix',
      'a comma-separated list of names of at most 15 letters, digits and .-_, with cali among them',
    ],
    [
      'interfacePrefix',
      'tap',
      'a comma-separated list of names of at most 15 letters, digits and .-_, with cali among them',
    ],
    ['mtuIfacePattern', '(', 'a regular expression'],
    ['routeRefreshInterval', 'soon', 'a duration such as 90s or 1m30s; 0 turns it off'],
  ]
  test.each(refused)('%s: %p is refused, named, and the next layer is in force', (field, value, allowed) => {
    const { settings, issues } = resolve({}, { default: { [field]: value } })
    expect(issues).toEqual([{ object: 'FelixConfiguration/default', field, value, allowed }])
    expect(settings).toEqual(defaultSettings)
  })
})
