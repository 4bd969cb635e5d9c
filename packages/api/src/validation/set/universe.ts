import { namespaces, type Pod, pods, serviceAccounts } from '../../core/kinds.ts'
import { HostEndpoint } from '../../kinds/host-endpoint.ts'
import { GlobalNetworkSet, NetworkSet } from '../../kinds/network-set.ts'
import type { KubernetesObject } from '../../metadata.ts'
import { endpointLabels, namespaceProfileLabels, serviceAccountProfileLabels } from '../../policy/endpoint-labels.ts'
import { podEndpoint } from '../../policy/pod-endpoint.ts'
import { isObject } from '../../schema/validate.ts'
import type { Labels } from '../../selectors/selector.ts'
import { Labelled } from './labelled.ts'
import type { World } from './world.ts'

/** Everything that selectors of policies can match. */
export interface Universe {
  /** Pods, what workloads make pods from, and host endpoints. */
  readonly endpoints: Labelled
  /** Those, and network sets: what rules can name. */
  readonly peers: Labelled
  /** All of it is known: pods, namespaces and service accounts of the cluster were read. */
  readonly complete: boolean
  /** Namespaces of which the documents have pods or workloads. */
  readonly namespaces: ReadonlySet<string>
  /** The names that ports have in pods and host endpoints. */
  readonly portNames: ReadonlySet<string>
}

/** Kinds that make pods, and where their template is. */
export const workloads = [
  ['apps', 'Deployment'],
  ['apps', 'DaemonSet'],
  ['apps', 'StatefulSet'],
  ['apps', 'ReplicaSet'],
  ['batch', 'Job'],
  ['batch', 'CronJob'],
  ['', 'ReplicationController'],
] as const

export function universeOf(world: World): Universe {
  const endpoints = new Labelled()
  const peers = new Labelled()
  const seen = new Set<string>()
  const portNames = new Set<string>()
  const lent = lender(world)
  const add = (labels: Labels, isEndpoint: boolean) => {
    if (isEndpoint) endpoints.add(labels)
    peers.add(labels)
  }
  for (const pod of podsOf(world)) {
    const endpoint = podEndpoint(pod)
    if (endpoint === undefined) continue
    seen.add(endpoint.namespace)
    for (const { name } of endpoint.ports) portNames.add(name)
    add({ ...endpointLabels(endpoint), ...lent(endpoint.namespace, endpoint.serviceAccount) }, true)
  }
  for (const { object } of world.of(HostEndpoint)) add(labelsOf(object), true)
  for (const { object } of world.allOf(HostEndpoint)) for (const name of hostPortNames(object)) portNames.add(name)
  for (const { object, namespace } of world.of(NetworkSet)) {
    const place = namespace === '' ? 'default' : namespace
    add({ ...labelsOf(object), 'projectcalico.org/namespace': place, ...lent(place, '') }, false)
  }
  for (const { object } of world.of(GlobalNetworkSet)) add(labelsOf(object), false)
  const needed = [pods, namespaces, serviceAccounts, HostEndpoint, NetworkSet, GlobalNetworkSet]
  return { endpoints, peers, complete: needed.every((kind) => world.isComplete(kind)), namespaces: seen, portNames }
}

/** Of a host endpoint whose spec may be anything. */
function* hostPortNames(object: KubernetesObject): Iterable<string> {
  const { spec } = object as { readonly spec?: unknown }
  const ports: unknown = isObject(spec) ? spec.ports : undefined
  for (const port of Array.isArray(ports) ? ports : []) {
    if (isObject(port) && typeof port.name === 'string') yield port.name
  }
}

/** Pods, and one pod for each template. */
function* podsOf(world: World): Iterable<Pod> {
  for (const { object, namespace } of world.ofCore<Pod>(pods)) yield inNamespace(object, namespace)
  for (const [group, kind] of workloads) {
    for (const { object, namespace, source } of world.ofCore({ group, kind })) {
      // What is in the cluster has made its pods; to look at its template, too, would say no more.
      if (source === undefined) continue
      const { spec } = object as { readonly spec?: unknown }
      const job = isObject(spec) && isObject(spec.jobTemplate) ? spec.jobTemplate.spec : spec
      const template = isObject(job) && isObject(job.template) ? job.template : undefined
      if (template === undefined) continue
      const labels = isObject(template.metadata) ? template.metadata.labels : undefined
      const metadata = { name: object.metadata.name, ...(isObject(labels) ? { labels } : {}) }
      yield inNamespace({ apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec } as Pod, namespace)
    }
  }
}

function inNamespace(pod: Pod, namespace: string): Pod {
  const { serviceAccountName } = isObject(pod.spec) ? pod.spec : {}
  const spec = { ...pod.spec, serviceAccountName: serviceAccountName ?? 'default' }
  const place = namespace === '' ? 'default' : namespace
  return { ...pod, spec, metadata: { ...pod.metadata, labels: labelsOf(pod), namespace: place } }
}

/** What namespaces and service accounts lend to endpoints in them. */
function lender(world: World): (namespace: string, serviceAccount: string) => Labels {
  const known = new Map<string, Labels>()
  return (namespace, serviceAccount) => {
    const key = `${namespace}/${serviceAccount}`
    let labels = known.get(key)
    if (labels === undefined) {
      const around = world.find(namespaces, namespace)?.object
      const account = world.find(serviceAccounts, serviceAccount, namespace)?.object
      const ofNamespace = { ...labelsOf(around), 'kubernetes.io/metadata.name': namespace }
      labels = {
        ...namespaceProfileLabels(namespace, ofNamespace),
        ...(serviceAccount === '' ? {} : serviceAccountProfileLabels(serviceAccount, labelsOf(account))),
      }
      known.set(key, labels)
    }
    return labels
  }
}

export function labelsOf(object: KubernetesObject | undefined): Labels {
  const labels: unknown = object?.metadata.labels
  if (!isObject(labels)) return {}
  // The API server reads null as the empty text.
  const texts = Object.entries(labels).map(([label, value]) => [label, value ?? ''] as const)
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
