import { expect, test } from '@jest/globals'
import { defaultSettings } from '../../src/calc/resolve-settings.ts'
import { detectMtu } from '../../src/dataplane/detect-mtu.ts'

const link = (name: string, mtu: number, up = true) => ({ name, mtu, up, loopback: name === 'lo' })

const cases: readonly (readonly [string, readonly ReturnType<typeof link>[], number])[] = [
  ['the lowest of those that match', [link('eth0', 9000), link('ens3', 1500), link('cali1', 1300)], 1500],
  ['interfaces that are down do not count', [link('eth0', 9000), link('eth1', 1400, false)], 9000],
  ['without any there is a safe value', [link('lo', 65536), link('docker0', 1500)], 1460],
]

test.each(cases)('%s', (_, links, expected) => {
  expect(detectMtu(links, defaultSettings.mtuIfacePattern)).toBe(expected)
})
