import { expect, test } from '@jest/globals'
import { readConfig } from '../src/config.ts'

test('an empty environment is enough', () => {
  expect(readConfig({})).toMatchObject({
    logLevel: 'info',
    namespace: 'manx-system',
    health: { host: '127.0.0.1', port: 9440 },
    leaseSeconds: 15,
  })
  expect(readConfig({}).metrics).toBeUndefined()
})

test('probes are answered at a socket where one is named, and nowhere else', () => {
  const environment = { MANX_HEALTH_SOCKET: '/run/manx/probes.sock', MANX_HEALTH_PORT: '9441' }
  expect(readConfig(environment).health).toEqual({ path: '/run/manx/probes.sock' })
})

test('metrics are served where a port is given', () => {
  expect(readConfig({ MANX_METRICS_PORT: '9094' }).metrics).toEqual({ host: '0.0.0.0', port: 9094 })
})

test('all faults are named at once, with what is allowed', () => {
  const environment = { LOG_LEVEL: 'loud', MANX_HEALTH_PORT: '0', MANX_LEASE_SECONDS: '1.5' }
  expect(() => readConfig(environment)).toThrow(
    'LOG_LEVEL must be one of error, warn, info, debug, not "loud"; ' +
      'MANX_HEALTH_PORT must be a number from 1 to 65535, not "0"; ' +
      'MANX_LEASE_SECONDS must be a number from 3 to 300, not "1.5"',
  )
})
