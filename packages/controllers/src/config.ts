import { hostname } from 'node:os'
import type { HttpAddress } from '@manx/process'

/** Where metrics are served. */
export interface Listen {
  readonly host: string
  readonly port: number
}

export interface ControllersConfig {
  readonly logLevel: string
  /** Where the Lease is. */
  readonly namespace: string
  /** The Deployment that the process is of. */
  readonly deployment: string
  /** The account that it runs as; absent: not one of the cluster. */
  readonly serviceAccount?: string
  /** Holder of the Lease. */
  readonly identity: string
  /** Where probes are answered: a socket, which no other process has, or a port of this machine. */
  readonly health: HttpAddress
  /** Absent: no metrics, unless KubeControllersConfiguration wants them. */
  readonly metrics?: Listen
  readonly metricsHost: string
  /** What the environment says, and so KubeControllersConfiguration does not. */
  readonly isSet: { readonly logLevel: boolean; readonly metricsPort: boolean }
  readonly leaseSeconds: number
}

/** All that is wrong with the environment, at once. */
export class ConfigError extends Error {
  readonly code = 'InvalidConfig'

  constructor(faults: readonly string[]) {
    super(faults.join('; '))
    this.name = 'ConfigError'
  }
}

const logLevels = ['error', 'warn', 'info', 'debug']

export function readConfig(environment: Readonly<Record<string, string | undefined>>): ControllersConfig {
  const faults: string[] = []
  const text = (name: string, fallback: string) => {
    const value = environment[name]
    return value === undefined || value === '' ? fallback : value
  }
  const integer = (name: string, fallback: number, least: number, most: number) => {
    const value = text(name, String(fallback))
    const number = Number(value)
    if (/^\d+$/.test(value) && number >= least && number <= most) return number
    faults.push(`${name} must be a number from ${least} to ${most}, not "${value}"`)
    return fallback
  }
  const level = text('LOG_LEVEL', 'info').toLowerCase()
  if (!logLevels.includes(level)) faults.push(`LOG_LEVEL must be one of ${logLevels.join(', ')}, not "${level}"`)
  const metricsPort = integer('MANX_METRICS_PORT', 0, 0, 65_535)
  const healthPort = integer('MANX_HEALTH_PORT', 9440, 1, 65_535)
  const healthSocket = text('MANX_HEALTH_SOCKET', '')
  const serviceAccount = text('SERVICE_ACCOUNT', '')
  const metricsHost = text('MANX_METRICS_HOST', '0.0.0.0')
  const isSet = (name: string) => text(name, '') !== ''
  const config: ControllersConfig = {
    logLevel: level,
    namespace: text('POD_NAMESPACE', 'manx-system'),
    deployment: text('MANX_DEPLOYMENT', 'manx-controllers'),
    ...(serviceAccount === '' ? {} : { serviceAccount }),
    identity: text('POD_NAME', `${hostname()}-${process.pid}`),
    health:
      healthSocket === '' ? { host: text('MANX_HEALTH_HOST', '127.0.0.1'), port: healthPort } : { path: healthSocket },
    ...(metricsPort === 0 ? {} : { metrics: { host: metricsHost, port: metricsPort } }),
    metricsHost,
    isSet: { logLevel: isSet('LOG_LEVEL'), metricsPort: isSet('MANX_METRICS_PORT') },
    leaseSeconds: integer('MANX_LEASE_SECONDS', 15, 3, 300),
  }
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}
