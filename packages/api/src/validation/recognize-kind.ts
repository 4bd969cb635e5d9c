import { type AnyKind, apiVersionOf, calicoGroup } from '../kind.ts'
import { allKinds } from '../kinds/all-kinds.ts'
import { isObject } from '../schema/validate.ts'
import { suggest } from '../suggest.ts'
import { clusterNetworkPolicy } from './core/cluster-network-policy.ts'
import { kubernetesNetworkPolicy } from './core/network-policy.ts'
import type { FindingCode, Severity } from './finding.ts'

/** What a document says that it is. */
export type Recognized =
  | { readonly type: 'checked'; readonly kind: AnyKind }
  /** A kind of Kubernetes that says something about those that are checked, or nothing. */
  | { readonly type: 'context'; readonly group: string; readonly kind: string }
  | ({ readonly type: 'wrong' } & WrongKind)

type WrongRecognized = { readonly type: 'wrong' } & WrongKind

export interface WrongKind {
  readonly severity: Severity
  readonly code: FindingCode
  readonly path: string
  readonly value: unknown
  readonly message: string
  readonly suggestion?: string
}

const checkedKinds: readonly AnyKind[] = [...allKinds, kubernetesNetworkPolicy, clusterNetworkPolicy]
const byVersion = new Map<string, AnyKind>(checkedKinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]))
const versionsOfGroup = new Map(checkedKinds.map((kind) => [kind.group, apiVersionOf(kind)]))

/** Kinds of Calico that Kubernetes has in another form. */
const onOtherObjects: Readonly<Record<string, string>> = {
  Node: 'is kept as annotations of the Node of Kubernetes: kubectl annotate node NAME projectcalico.org/ASNumber=64512',
  WorkloadEndpoint: 'is what the API shows of a pod: nobody writes it',
  Profile: 'is what the API shows of a namespace or a service account: nobody writes it',
}

/** Groups that come with Kubernetes; what they have is not checked here. */
const kubernetesGroup = /^$|^(apps|batch|autoscaling|policy|extensions)$|\.k8s\.io$/

/** Finds the definition that a document is checked by. */
export function recognizeKind(value: unknown): Recognized {
  if (!isObject(value)) {
    return wrong('NoObject', '', value, 'must be an object with apiVersion, kind, metadata and spec')
  }
  const { apiVersion, kind } = value
  if (typeof kind !== 'string' || kind === '') return missing('kind', kind, value)
  if (typeof apiVersion !== 'string' || apiVersion === '') return missing('apiVersion', apiVersion, value)
  const known = byVersion.get(`${apiVersion} ${kind}`)
  if (known !== undefined) return { type: 'checked', kind: known }
  const foreign = explainForeign(apiVersion, kind)
  if (foreign !== undefined) return wrong('ForeignFormat', 'apiVersion', apiVersion, foreign)
  const slash = apiVersion.lastIndexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  const versionHere = versionsOfGroup.get(group)
  if (
    group === calicoGroup ||
    (versionHere !== undefined && checkedKinds.some((one) => one.group === group && one.kind === kind))
  ) {
    return wrongInGroup(group, apiVersion, versionHere ?? '', kind)
  }
  const nearGroup = kubernetesGroup.test(group) ? undefined : suggest(apiVersion, versionsOfGroup.values())
  if (nearGroup !== undefined) {
    return wrong('UnknownApiVersion', 'apiVersion', apiVersion, `must be ${nearGroup}`, nearGroup)
  }
  // Only Calico has kinds of these names.
  const own = allKinds.find((one) => one.kind === kind && kind !== 'NetworkPolicy' && kind !== 'Tier')
  if (own !== undefined) {
    return wrong(
      'UnknownApiVersion',
      'apiVersion',
      apiVersion,
      `must be ${apiVersionOf(own)} for ${kind}`,
      apiVersionOf(own),
    )
  }
  if (kubernetesGroup.test(group)) return { type: 'context', group, kind }
  return {
    ...wrong('UncheckedKind', 'kind', kind, `of ${apiVersion} is not known here, so that nothing of it is checked`),
    severity: 'warning',
  }
}

function wrongInGroup(group: string, apiVersion: string, expected: string, kind: string): Recognized {
  const kinds = checkedKinds.filter((one) => one.group === group).map((one) => one.kind)
  const elsewhere = group === calicoGroup ? onOtherObjects[kind] : undefined
  if (elsewhere !== undefined) return wrong('UnknownKind', 'kind', kind, elsewhere)
  if (!kinds.includes(kind)) {
    const near = suggest(kind, kinds)
    const message =
      near === undefined ? `must be one of ${kinds.join(', ')}` : `is no kind of ${expected}: write ${near}`
    return wrong('UnknownKind', 'kind', kind, message, near)
  }
  return wrong('UnknownApiVersion', 'apiVersion', apiVersion, `must be ${expected} for ${kind}`, expected)
}

/** Forms of Calico's objects that are no API of today. */
function explainForeign(apiVersion: string, kind: string): string | undefined {
  if (apiVersion.startsWith('crd.projectcalico.org/')) {
    return `is how Calico stores objects, not how they are written: turn it over with manxctl convert`
  }
  if (apiVersion === 'v1' && /^(ipPool|bgpPeer|policy|profile|hostEndpoint|workloadEndpoint|node)$/.test(kind)) {
    return `is the form that calicoctl had before 3.0: write apiVersion projectcalico.org/v3`
  }
  if (apiVersion === 'projectcalico.org/v3' && kind === 'CalicoAPIConfig') {
    return 'is the configuration of calicoctl, no object of the cluster'
  }
  if (/^policy\.networking\.k8s\.io\/v1alpha1$/.test(apiVersion)) {
    return `is older than ClusterNetworkPolicy of policy.networking.k8s.io/v1alpha2, which has taken the place of ${kind}`
  }
  return undefined
}

function missing(path: 'kind' | 'apiVersion', value: unknown, object: Readonly<Record<string, unknown>>): Recognized {
  const given = suggest(path, Object.keys(object))
  const message = value === undefined ? 'is required' : 'must be text'
  if (given !== undefined && given !== path) {
    return wrong('UnknownField', given, object[given], `is no field here: write ${path}`, path)
  }
  return wrong(value === undefined ? 'MissingField' : 'InvalidValue', path, value, message)
}

function wrong(code: FindingCode, path: string, value: unknown, message: string, suggestion?: string): WrongRecognized {
  return {
    type: 'wrong',
    severity: 'error',
    code,
    path,
    value,
    message,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}
