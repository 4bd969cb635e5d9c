import type { KubeControllersConfiguration } from '@manx/api'
import type { ControllersConfig } from '../config.ts'

type Spec = KubeControllersConfiguration['spec']
type Status = NonNullable<KubeControllersConfiguration['status']>

/** What counts at present, the environment before KubeControllersConfiguration default. */
export interface Settings {
  readonly logLevel: string
  /** 0: metrics are not served. */
  readonly metricsPort: number
}

const levels = {
  None: 'error',
  Debug: 'debug',
  Info: 'info',
  Warning: 'warn',
  Error: 'error',
  Fatal: 'error',
  Panic: 'error',
} as const

const severities: Readonly<Record<string, NonNullable<Spec['logSeverityScreen']>>> = {
  debug: 'Debug',
  info: 'Info',
  warn: 'Warning',
  error: 'Error',
}

/** The port of an object that names none is not Calico's usual one: what listens on a node is asked for. */
export function settingsOf({ logLevel, metrics, isSet }: ControllersConfig, spec: Spec | undefined): Settings {
  const severity = spec?.logSeverityScreen
  return {
    logLevel: isSet.logLevel || severity === undefined ? logLevel : levels[severity],
    metricsPort: isSet.metricsPort ? (metrics?.port ?? 0) : (spec?.prometheusMetricsPort ?? 0),
  }
}

/** The status of the object: what runs, and what of the environment was stronger than its spec. */
export function statusOf(config: ControllersConfig, spec: Spec): Status {
  const { logLevel, metricsPort } = settingsOf(config, spec)
  const { node } = spec.controllers
  return {
    environmentVars: {
      ...(config.isSet.logLevel ? { LOG_LEVEL: config.logLevel } : {}),
      ...(config.isSet.metricsPort ? { MANX_METRICS_PORT: String(metricsPort) } : {}),
    },
    runningConfig: {
      logSeverityScreen: severities[logLevel] ?? 'Info',
      healthChecks: 'Enabled',
      prometheusMetricsPort: metricsPort,
      controllers: node === undefined ? {} : { node: { leakGracePeriod: node.leakGracePeriod ?? '15m' } },
    },
  }
}
