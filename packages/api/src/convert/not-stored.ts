import { namespaceProfileName } from '../core/calico-profile.ts'
import { nodeAnnotations } from '../core/node-annotations.ts'
import { GlobalNetworkPolicy } from '../kinds/global-network-policy.ts'
import { idleKindEffect } from '../kinds/idle.ts'
import { isObject } from '../schema/validate.ts'
import type { Report } from './finding.ts'

type Handle = (name: string, object: Readonly<Record<string, unknown>>, report: Report) => void

/** Kinds that Calico's tools show, but that follow from objects of Kubernetes. */
const handlers: Readonly<Record<string, Handle>> = {
  Node: reportNode,
  Profile: reportProfile,
  WorkloadEndpoint: reportEndpoint,
}

/** Reports an object of a kind that is not stored, and says what to do for it; false for all other kinds. */
export function reportNotStored(kind: string, object: Readonly<Record<string, unknown>>, report: Report): boolean {
  const handle = Object.hasOwn(handlers, kind) ? handlers[kind] : undefined
  if (handle === undefined) return false
  const { name } = isObject(object.metadata) ? object.metadata : {}
  handle(typeof name === 'string' ? name : '', object, report)
  return true
}

/** Copies of policies of Kubernetes that Calico makes in its own etcd: the originals are read. */
const copies =
  /^(knp\.default\.|kcnp\.kube-(admin|baseline)\.|kanp\.adminnetworkpolicy\.|kbanp\.baselineadminnetworkpolicy\.)/

/** Reports a policy that is a copy of one of Kubernetes; false for all others. */
export function reportCopy(kind: string, name: string, report: Report): boolean {
  if (!kind.endsWith('NetworkPolicy') || kind.startsWith('Staged') || !copies.test(name)) return false
  report(
    'changed',
    'NotStored',
    '',
    undefined,
    'is left out: it is a copy of a policy of Kubernetes, which is read itself',
  )
  return true
}

const kubeLabels = 'projectcalico.org/kube-labels'

/** Of a node counts what Kubernetes' Node says; what only Calico's says is given to it by hand. */
function reportNode(name: string, object: Readonly<Record<string, unknown>>, report: Report): void {
  const spec = isObject(object.spec) ? object.spec : {}
  const bgp = isObject(spec.bgp) ? spec.bgp : {}
  const target = kubernetesName(spec) ?? name
  const annotations = [
    [nodeAnnotations.asNumber, bgp.asNumber],
    [nodeAnnotations.routeReflectorClusterId, bgp.routeReflectorClusterID],
  ].filter(([, value]) => value !== undefined && value !== null && value !== '')
  const labels = ownLabels(object.metadata)
  const commands = [
    ...(annotations.length === 0 ? [] : [`kubectl annotate node ${quoted(target)} ${pairs(annotations)}`]),
    ...(labels.length === 0 ? [] : [`kubectl label node ${quoted(target)} ${pairs(labels)}`]),
  ]
  const reason = 'is left out: it is the Node of Kubernetes, whose addresses its agent finds out'
  if (commands.length === 0) report('changed', 'NotStored', '', undefined, reason)
  else report('lost', 'NotStored', '', undefined, `${reason}. For the rest, unless it has it: ${commands.join(' && ')}`)
}

/** The name of the node in Kubernetes, which may be another one than in Calico's etcd. */
export function kubernetesName(spec: unknown): string | undefined {
  const references = isObject(spec) && Array.isArray(spec.orchRefs) ? spec.orchRefs : []
  const reference: unknown = references.find((one: unknown) => isObject(one) && one.orchestrator === 'k8s')
  return isObject(reference) && typeof reference.nodeName === 'string' && reference.nodeName !== ''
    ? reference.nodeName
    : undefined
}

/** Labels that the node has in Calico only. */
function ownLabels(metadata: unknown): (readonly [string, unknown])[] {
  const { labels, annotations } = isObject(metadata) ? metadata : {}
  const copied = isObject(annotations) && typeof annotations[kubeLabels] === 'string' ? annotations[kubeLabels] : '{}'
  let known: unknown = {}
  try {
    known = JSON.parse(copied)
  } catch {
    // Then all are taken for Calico's own.
  }
  const isKnown = (label: string) =>
    (isObject(known) && Object.hasOwn(known, label)) || /(^|\.)(kubernetes|k8s)\.io\//.test(label)
  return Object.entries(isObject(labels) ? labels : {}).filter(([label]) => !isKnown(label))
}

const pairs = (entries: readonly (readonly unknown[])[]): string =>
  entries.map(([key, value]) => quoted(`${String(key)}=${String(value)}`)).join(' ')

/** As one word of a shell, whatever is in it. */
const quoted = (text: string): string =>
  /^[A-Za-z0-9._=/-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

function reportProfile(name: string, _: unknown, report: Report): void {
  const derived =
    name.startsWith(namespaceProfileName('')) || name.startsWith('ksa.') || name === 'projectcalico-default-allow'
  if (derived) {
    const message = 'is left out: it follows from a namespace or service account of Kubernetes'
    report('changed', 'NotStored', '', undefined, message)
    return
  }
  const message =
    'is lost: there are profiles of namespaces and service accounts only. Write its rules as a GlobalNetworkPolicy with a high order, and its labels on the endpoints'
  const effect = idleKindEffect(GlobalNetworkPolicy)
  const yet = effect === undefined ? '' : `; but GlobalNetworkPolicy is not in force yet: ${effect}`
  report('lost', 'NotStored', '', undefined, `${message}${yet}`)
}

function reportEndpoint(_: string, object: Readonly<Record<string, unknown>>, report: Report): void {
  const { orchestrator } = isObject(object.spec) ? object.spec : {}
  if (orchestrator === 'k8s') report('changed', 'NotStored', '', undefined, 'is left out: it follows from a pod')
  else report('lost', 'NotStored', '', orchestrator, 'is lost: Manx knows pods of Kubernetes only')
}
