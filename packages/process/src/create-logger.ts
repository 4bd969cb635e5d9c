import type { Logger } from '@manx/api'
import { createLogger as createWinston, format, transports } from 'winston'

/** JSON lines on standard error: time, level, message and the fields of the line. */
export function createLogger(level: string, common: Readonly<Record<string, unknown>>): Logger {
  const winston = createWinston({
    level,
    defaultMeta: common,
    format: format.combine(format.timestamp(), format.json({ replacer: readable })),
    transports: [new transports.Stream({ stream: process.stderr })],
  })
  const write = (name: 'debug' | 'info' | 'warn' | 'error') => (message: string, fields?: object) => {
    // winston would append a field `message` to the message of the line.
    winston.log({ ...fields, level: name, message })
  }
  const debug = winston.isLevelEnabled('debug')
  return {
    debug: debug ? write('debug') : () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isDebugEnabled: () => debug,
  }
}

function readable(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (Error.isError(value)) return value.message
  return value
}
