import type { Labels, NamedPort } from '@manx/api'
import fc from 'fast-check'

/** Few words, so that what policies ask for and what there is meet about every other time. */
export const labelKeys = ['app', 'role'] as const
export const labelValues = ['red', 'red', 'blue', ''] as const
export const namespaceKeys = ['team', 'env'] as const
export const namespaces = ['x', 'y', 'z', 'w'] as const
export const portNames = ['web', 'dns'] as const
/** Of rules; packets also use their neighbours. */
export const ports = [53, 80, 81, 8080] as const
export const protocolsWithPorts = [6, 17, 132] as const
/** The first one is in most rules and packets. */
export const someProtocol = fc.constantFrom(6, 6, 6, 17, 17, 132)
export const icmpTypes = { 4: [8, 13], 6: [128, 139] } as const

/** Around all pods, those of this node, some of either, none, and everything. */
export const prefixes = {
  4: [
    '0.0.0.0/0',
    '10.65.0.0/16',
    '10.65.0.0/24',
    '10.65.0.2/31',
    '10.65.0.1/32',
    '10.65.1.0/24',
    '10.65.1.6/32',
    '128.0.0.0/1',
    '198.51.100.0/24',
    '198.51.100.128/25',
    '203.0.113.9/32',
    '192.168.0.0/16',
  ],
  6: [
    '::/0',
    'fd65::/16',
    'fd65::/64',
    'fd65::2/127',
    'fd65::1/128',
    'fd65:0:0:1::/64',
    'fd65:0:0:1::6/128',
    '8000::/1',
    '2001:db8:1::/48',
    '2001:db8:1:8000::/49',
    '2001:db8:2::9/128',
    'fd99::/16',
  ],
} as const

export const labels = (keys: readonly string[] = labelKeys): fc.Arbitrary<Labels> =>
  fc
    .tuple(
      ...keys.map((key) =>
        sometimes(
          fc.constantFrom(...labelValues).map((value) => [key, value] as const),
          75,
        ),
      ),
    )
    .map((entries) => Object.fromEntries(entries.filter((entry) => entry !== undefined)))

/** Most pods have most names, each for some protocols, and several ports may have one name. */
export const namedPorts: fc.Arbitrary<readonly NamedPort[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom(...portNames),
    protocol: someProtocol,
    port: fc.constantFrom(80, 8080),
  }),
  { minLength: 2, maxLength: 6, selector: ({ name, protocol, port }) => `${name} ${protocol} ${port}` },
)

/** One value, usually of the first arbitrary. */
export const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other })

/** Absent the rest of the times. A rule that asks for everything at once matches nothing, so most fields are rare. */
export const sometimes = <T>(value: fc.Arbitrary<T>, percent: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: percent, arbitrary: value }, { weight: 100 - percent, arbitrary: fc.constant(undefined) })

/** A field that is absent is not there, instead of being undefined. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T
}
