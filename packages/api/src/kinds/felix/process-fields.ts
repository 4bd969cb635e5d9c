import { assumed, integer, list, object, required, string } from '../../schema/builders.ts'
import { duration } from '../shared-fields.ts'
import { anyCase, either, flag, number, oneOf, port, text, time, unused } from './field-forms.ts'

const severities = ['Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal'] as const

/** The agent itself: logs, health, metrics, flow logs, reports. */
export const processFields = {
  logSeverityScreen: anyCase('The least severe messages that go to standard output.', severities, 'Info'),
  logSeverityFile: anyCase(unused('the least severe messages that go to the log file.'), severities, 'Info'),
  logSeveritySys: anyCase(unused('the least severe messages that go to syslog.'), severities, 'Info'),
  logFilePath: text(unused('where the log file is.'), '/var/log/calico/felix.log'),
  logDebugFilenameRegex: string(unused('the source files whose debug messages are written.')),
  logPrefix: assumed(
    string('Begins the lines of the action Log; %t, %k and %n stand for type, kind and name of the policy.', {
      pattern: '^([a-zA-Z0-9%: /_-])*$',
    }),
    'calico-packet',
  ),
  logActionRateLimit: string('How many lines the action Log may write: 10/second, 100/minute, 500/hour, 5000/day.', {
    pattern: String.raw`^[1-9]\d{0,3}/(?:second|minute|hour|day)$`,
    maxLength: 32,
  }),
  logActionRateLimitBurst: number('How many lines the action Log may write at once.', 5, 0, 9999),

  healthEnabled: flag('Answer health questions over HTTP.', false),
  healthHost: text('The address that health questions are answered on.', 'localhost'),
  healthPort: port('The port that health questions are answered on.', 9099),
  healthTimeoutOverrides: list(
    'How long parts of the agent may be silent before it counts as ill.',
    object('One part.', {
      name: required(string('The part.')),
      timeout: required(duration('How long it may be silent.')),
    }),
    { list: 'atomic' },
  ),
  dataplaneWatchdogTimeout: time('How long the kernel side may be silent before the agent counts as ill.', '1m30s'),

  prometheusMetricsEnabled: flag('Serve metrics for Prometheus.', false),
  prometheusMetricsHost: string('The address that metrics are served on; all when absent.'),
  prometheusMetricsPort: port('The port that metrics are served on.', 9091),
  prometheusMetricsCAFile: string('The certificate authority of clients that may read metrics.'),
  prometheusMetricsCertFile: string('The certificate that metrics are served with.'),
  prometheusMetricsKeyFile: string('The key of the certificate that metrics are served with.'),
  prometheusMetricsClientAuth: oneOf(
    'Which certificate a client must have to read metrics.',
    ['RequireAndVerifyClientCert', 'RequireAnyClientCert', 'VerifyClientCertIfGiven', 'NoClientCert'],
    'NoClientCert',
  ),
  prometheusGoMetricsEnabled: flag('Metrics of the language runtime.', true),
  prometheusProcessMetricsEnabled: flag('Metrics of the process: memory, processor, files.', true),
  prometheusWireGuardMetricsEnabled: flag(unused('metrics of WireGuard.'), true),

  flowLogsFlushInterval: time('How often flows are reported.', '5m0s'),
  flowLogsGoldmaneServer: string('Where flows are reported to.'),
  flowLogsLocalReporter: oneOf('Keep the newest flows on the node.', ['Disabled', 'Enabled'], 'Disabled'),
  flowLogsPolicyEvaluationMode: oneOf(
    'Continuous: look at the policies of long flows again. None: only at their start.',
    ['None', 'Continuous'],
    'Continuous',
  ),
  flowLogsCollectorDebugTrace: flag('Write each step of the flow collector to the log.', false),

  endpointStatusPathPrefix: text('Where the state of endpoints is written for other programs.', '/var/run/calico'),
  endpointReportingEnabled: flag(unused('report the state of endpoints to the datastore.'), false),
  endpointReportingDelay: time(unused('how long reports of endpoints wait for more.'), '1s'),
  reportingInterval: time(unused('how often the node reports that it is alive.'), '30s'),
  reportingTTL: time(unused('how long a report of the node lasts.'), '1m30s'),
  policySyncPathPrefix: string(unused('where policies are offered to other programs.')),

  usageReportingEnabled: flag(unused('tell the makers the number of nodes. Manx tells nobody anything.'), true),
  usageReportingInitialDelay: time(unused('when the first usage report is sent.'), '5m0s'),
  usageReportingInterval: time(unused('how often usage reports are sent.'), '24h0m0s'),

  featureDetectOverride: string('Kernel features to take as present or missing: Feature=true,Other=false.', {
    pattern: '^([a-zA-Z0-9-_]+=(true|false|),)*([a-zA-Z0-9-_]+=(true|false|))?$',
  }),
  featureGates: string('Features to switch: Name=value,Other=value.', {
    pattern: '^([a-zA-Z0-9-_]+=([^=]+),)*([a-zA-Z0-9-_]+=([^=]+))?$',
  }),
  goGCThreshold: number(unused('when the Go runtime collects garbage.'), 40),
  goMaxProcs: number(unused('how many processors the Go runtime uses.'), -1),
  goMemoryLimitMB: number(unused('how much memory the Go runtime aims at.'), -1),

  debugHost: text('The address of the debug server.', 'localhost'),
  debugPort: integer('The port of the debug server; off when absent.', { minimum: 0, maximum: 65_535 }),
  debugDisableLogDropping: flag(unused('never drop log lines.'), false),
  debugMemoryProfilePath: string(unused('where memory profiles are written.')),
  debugSimulateCalcGraphHangAfter: time(unused('test only: hang the calculation.'), '0s'),
  debugSimulateDataplaneApplyDelay: time(unused('test only: delay the kernel side.'), '0s'),
  debugSimulateDataplaneHangAfter: time(unused('test only: hang the kernel side.'), '0s'),

  openstackRegion: string(unused('the OpenStack region of the node.')),
  metadataAddr: text(unused('the address of the OpenStack metadata service.'), '127.0.0.1'),
  metadataPort: port(unused('the port of the OpenStack metadata service.'), 8775),
  windowsManageFirewallRules: either(unused('write Windows firewall rules.'), 'Disabled'),
} as const
