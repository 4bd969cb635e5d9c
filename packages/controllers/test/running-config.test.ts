import { expect, test } from '@jest/globals'
import { silentLogger } from '@manx/api'
import { readConfig } from '../src/config.ts'
import { adjustableLogger } from '../src/settings/adjustable-logger.ts'
import { settingsOf, statusOf } from '../src/settings/running-config.ts'

const controllers = { node: {} }

test.each([
  [{}, undefined, { logLevel: 'info', metricsPort: 0 }],
  [{}, { controllers }, { logLevel: 'info', metricsPort: 0 }],
  [
    {},
    { controllers, logSeverityScreen: 'Warning', prometheusMetricsPort: 9094 },
    { logLevel: 'warn', metricsPort: 9094 },
  ],
  [{}, { controllers, logSeverityScreen: 'None' }, { logLevel: 'error', metricsPort: 0 }],
  [
    { LOG_LEVEL: 'debug', MANX_METRICS_PORT: '0' },
    { controllers, logSeverityScreen: 'Error', prometheusMetricsPort: 9094 },
    { logLevel: 'debug', metricsPort: 0 },
  ],
] as const)('with environment %j and spec %j counts %j', (environment, spec, settings) => {
  expect(settingsOf(readConfig(environment), spec)).toEqual(settings)
})

test('the status says what runs, and what of the environment was stronger', () => {
  const config = readConfig({ LOG_LEVEL: 'warn' })
  expect(statusOf(config, { controllers, prometheusMetricsPort: 9094, logSeverityScreen: 'Debug' })).toEqual({
    environmentVars: { LOG_LEVEL: 'warn' },
    runningConfig: {
      logSeverityScreen: 'Warning',
      healthChecks: 'Enabled',
      prometheusMetricsPort: 9094,
      controllers: { node: { leakGracePeriod: '15m' } },
    },
  })
  expect(statusOf(config, { controllers: {} }).runningConfig?.controllers).toEqual({})
})

test('a log goes on under another level', () => {
  const made: string[] = []
  const lines: string[] = []
  const create = (level: string) => {
    made.push(level)
    return { ...silentLogger, info: (message: string) => void lines.push(`${level}: ${message}`) }
  }
  const { logger, setLevel } = adjustableLogger(create, 'info')
  logger.info('a')
  setLevel('info')
  setLevel('debug')
  logger.info('b')
  expect([made, lines]).toEqual([
    ['info', 'debug'],
    ['info: a', 'debug: b'],
  ])
})
