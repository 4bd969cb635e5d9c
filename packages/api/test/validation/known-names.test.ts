import { describe, expect, test } from '@jest/globals'
import { type KubernetesObject, validateDocuments } from '../../src/index.ts'

const calico = 'projectcalico.org/v3'
const object = (apiVersion: string, kind: string, name: string, rest: object = {}, namespace?: string) => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  ...rest,
})
const told = (
  documents: readonly object[],
  code: string,
  cluster?: { objects: readonly KubernetesObject[]; complete: ReadonlySet<string> },
) =>
  validateDocuments(JSON.stringify(documents), { namespace: 'new', ...(cluster === undefined ? {} : { cluster }) })
    .findings.filter((finding) => finding.code === code)
    .map(({ path, message }) => `${path} ${message}`)

describe('a tier that the documents do not have', () => {
  const policy = object(calico, 'NetworkPolicy', 'a', { spec: { tier: 'security' } }, 'shop')
  const tier = (name: string) => object(calico, 'Tier', name, { spec: { order: 5 } })
  const complete = new Set(['projectcalico.org/Tier'])

  test('may be in the cluster, when nobody could look', () => {
    expect(told([policy], 'UnknownTier')).toEqual([])
    expect(told([policy], 'UnknownTier', { objects: [], complete: new Set() })).toEqual([])
    // Who owns one tier does not own those of others.
    expect(told([policy, tier('platform')], 'UnknownTier')).toEqual([])
  })

  test('is most likely one of theirs, spelled wrong', () => {
    expect(told([policy, tier('securty')], 'UnknownTier')).toEqual([
      'spec.tier names a tier that these documents do not have: write securty',
    ])
  })

  test('or one that every cluster has', () => {
    const typo = object(calico, 'NetworkPolicy', 'a', { spec: { tier: 'defualt' } }, 'shop')
    expect(told([typo], 'UnknownTier')).toEqual([
      'spec.tier names a tier that these documents do not have: write default',
    ])
  })

  test('is not there, when the cluster has not got it either', () => {
    expect(told([policy], 'UnknownTier', { objects: [], complete })).toEqual([
      'spec.tier names a tier that neither the cluster nor these documents have: there are default, kube-admin, kube-baseline',
    ])
    expect(told([policy], 'UnknownTier', { objects: [tier('security')], complete })).toEqual([])
  })
})

describe('the name of a port', () => {
  const pod = (port: string): KubernetesObject =>
    ({
      ...object('v1', 'Pod', 'web', {}, 'shop'),
      spec: { containers: [{ name: 'a', ports: [{ name: port, containerPort: 80 }] }] },
    }) as KubernetesObject
  const host = (spec: object) => object(calico, 'HostEndpoint', 'n1', { spec })
  const policy = (port: string) =>
    object(
      calico,
      'NetworkPolicy',
      'a',
      { spec: { ingress: [{ action: 'Allow', protocol: 'TCP', destination: { ports: [port] } }] } },
      'shop',
    )
  const complete = new Set([
    ...['/Pod', '/Namespace', '/ServiceAccount'],
    ...['HostEndpoint', 'NetworkSet', 'GlobalNetworkSet'].map((kind) => `${calico.split('/')[0]}/${kind}`),
  ])
  const ports = (port: string, documents: readonly object[], objects: readonly KubernetesObject[]) =>
    told([policy(port), ...documents], 'MatchesNothing', { objects, complete })

  test('may be one of a host endpoint, also of one that is wrong otherwise', () => {
    const named = { ports: [{ name: 'kubelet', protocol: 'TCP', port: 10_250 }] }
    const stored = host({ node: 'n1', interfaceName: 'eth0', ...named })
    expect(ports('kubelet', [], [pod('http'), stored])).toEqual([])
    expect(ports('kubelet', [], [stored])).toEqual([])
    expect(ports('kubelet', [host({ node: 7, ...named })], [pod('http')])).toEqual([])
    expect(ports('kubelet', [host({ ports: 'kubelet' })], [pod('http')])).toHaveLength(1)
    expect(ports('kublet', [], [pod('http'), stored])).toEqual([
      'spec.ingress[0].destination.ports[0] is no name of a port of any pod or host endpoint: write kubelet',
    ])
  })
})

describe('objects without a namespace', () => {
  const cluster = { objects: [object('v1', 'Namespace', 'shop')], complete: new Set(['/Namespace']) }
  const near = ' names no Namespace in the cluster or these documents (it cannot be made before its namespace)'

  test.each([
    ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
    ['storage.k8s.io/v1', 'StorageClass'],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
    ['v1', 'Namespace'],
    ['v1', 'Node'],
    ['v1', 'PersistentVolume'],
    // Nobody asks of these which one they are in.
    ['v1', 'ConfigMap'],
  ])('are in none: %s %s', (apiVersion, kind) => {
    expect(told([object(apiVersion, kind, 'a')], 'UnknownName', cluster)).toEqual([])
    expect(told([object(apiVersion, kind, 'a', {}, 'nowhere')], 'UnknownName', cluster)).toHaveLength(1)
  })

  test.each([
    ['v1', 'Pod'],
    ['v1', 'Service'],
    ['v1', 'ServiceAccount'],
    ['apps/v1', 'Deployment'],
    ['batch/v1', 'CronJob'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
    [calico, 'NetworkSet'],
  ])('are in that of the command line: %s %s', (apiVersion, kind) => {
    expect(told([object(apiVersion, kind, 'a', { spec: {} })], 'UnknownName', cluster)).toEqual([
      `metadata.namespace${near}`,
    ])
  })
})
