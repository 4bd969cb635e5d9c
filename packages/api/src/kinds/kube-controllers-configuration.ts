import { type CompleteObjectOf, defineKind, type ObjectOf } from '../kind.ts'
import { assumed, choice, defaulted, integer, list, map, object, required, string } from '../schema/builders.ts'
import { onlyNamedDefault } from './names.ts'
import { duration, net, selector } from './shared-fields.ts'

const either = (doc: string) => choice(doc, ['Enabled', 'Disabled'])

const period = () => assumed(duration('How often everything is compared again.'), '5m')
const reconciled = (doc: string) => object(doc, { reconcilerPeriod: period() })

const template = object('One kind of host endpoint to make.', {
  generateName: string('The middle part of the names: NODE-GENERATENAME-auto-hep.', { maxLength: 253 }),
  nodeSelector: selector('The nodes that get one; all when absent.'),
  interfaceCIDRs: list('Addresses of the node that become expected addresses: those in these CIDRs.', net('A CIDR.'), {
    list: 'set',
    maxItems: 256,
  }),
  interfacePattern: string('A regular expression: each interface whose name matches gets its own host endpoint.', {
    maxLength: 1024,
    check: (text) => (isRegularExpression(text) ? undefined : 'must be a regular expression'),
  }),
  labels: map('Labels of the host endpoints, beside those of the node.', string('')),
  annotations: map('Annotations of the host endpoints.', string('')),
})

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const fields = {
  logSeverityScreen: assumed(
    choice('The least severe messages that are written.', [
      'None',
      'Debug',
      'Info',
      'Warning',
      'Error',
      'Fatal',
      'Panic',
    ]),
    'Info',
  ),
  healthChecks: defaulted(either('Answer health questions.'), 'Enabled'),
  prometheusMetricsPort: assumed(
    integer('The port that metrics are served on; 0 for none.', { minimum: 0, maximum: 65_535 }),
    9094,
  ),
  debugProfilePort: integer('The port of the debug server; off when absent.', {
    format: 'int32',
    minimum: 0,
    maximum: 65_535,
  }),
  etcdV3CompactionPeriod: assumed(
    duration('Accepted for compatibility; has no effect. In Calico: how often its own etcd is compacted.'),
    '10m',
  ),
  controllers: required(
    object('The controllers; one that is absent does not run.', {
      node: object('Cleans up after nodes, and makes their host endpoints.', {
        reconcilerPeriod: period(),
        syncLabels: assumed(
          either('Accepted for compatibility; has no effect. In Calico: copies labels of Kubernetes nodes to its own.'),
          'Enabled',
        ),
        leakGracePeriod: assumed(duration('How long an address without an owner is kept.'), '15m'),
        hostEndpoint: object('Host endpoints that are made for nodes.', {
          autoCreate: assumed(either('Make host endpoints.'), 'Disabled'),
          createDefaultHostEndpoint: assumed(either('Make one for all interfaces of each node.'), 'Enabled'),
          templates: list('More of them.', template, { list: 'atomic', maxItems: 64 }),
        }),
      }),
      policy: reconciled(
        'Accepted for compatibility; has no effect. In Calico: copies network policies to its own etcd.',
      ),
      namespace: reconciled('Accepted for compatibility; has no effect. In Calico: copies namespaces to its own etcd.'),
      serviceAccount: reconciled(
        'Accepted for compatibility; has no effect. In Calico: copies service accounts to its own etcd.',
      ),
      workloadEndpoint: reconciled(
        'Accepted for compatibility; has no effect. In Calico: copies labels of pods to its own etcd.',
      ),
      loadBalancer: object('Gives addresses to services of type LoadBalancer.', {
        assignIPs: defaulted(
          choice('AllServices: all of them. RequestedServicesOnly: those that ask by annotation.', [
            'AllServices',
            'RequestedServicesOnly',
          ]),
          'AllServices',
        ),
      }),
      migration: object(
        'Accepted for compatibility; has no effect. In Calico: brings objects of older versions up to date.',
        {
          policyNameMigrator: defaulted(
            choice(
              'Accepted for compatibility; has no effect. In Calico: takes the tier out of names of policies that older versions stored.',
              ['Disabled', 'Enabled'],
            ),
            'Enabled',
          ),
        },
      ),
    }),
  ),
} as const

/** How the controllers of the cluster work; there is one, named `default`. */
export const KubeControllersConfiguration = defineKind({
  kind: 'KubeControllersConfiguration',
  plural: 'kubecontrollersconfigurations',
  shortNames: ['kcc', 'kccs'],
  scope: 'Cluster',
  doc: 'How the controllers of the cluster work. There is one, named default.',
  name: onlyNamedDefault,
  spec: object('How the controllers work.', fields),
  status: object('How they work at present.', {
    environmentVars: map('Environment variables that count before the spec.', string('')),
    runningConfig: object('What counts, all sources taken together.', fields),
  }),
})
export type KubeControllersConfiguration = ObjectOf<typeof KubeControllersConfiguration>
export type CompleteKubeControllersConfiguration = CompleteObjectOf<typeof KubeControllersConfiguration>
