import type { KubernetesObject, ObjectMeta } from '../metadata.ts'
import { namespaceProfileLabels, serviceAccountProfileLabels } from '../policy/endpoint-labels.ts'
import type { Namespace, ServiceAccount } from './kinds.ts'

/** Calico's Profile (`projectcalico.org/v3`), which is not stored: it follows from a namespace or a service account. */
export interface CalicoProfile extends KubernetesObject {
  readonly apiVersion: 'projectcalico.org/v3'
  readonly kind: 'Profile'
  readonly spec: {
    /** For endpoints that no policy decides about. */
    readonly ingress?: readonly { readonly action: 'Allow' }[]
    readonly egress?: readonly { readonly action: 'Allow' }[]
    /** What endpoints with the profile inherit. */
    readonly labelsToApply?: Readonly<Record<string, string>>
  }
}

/** The name of the profile of a namespace. */
export const namespaceProfileName = (namespace: string): string => `kns.${namespace}`

/** The name of the profile of a service account. */
export const serviceAccountProfileName = (namespace: string, name: string): string => `ksa.${namespace}.${name}`

const allow = [{ action: 'Allow' }] as const

/** The profile of hosts that were given endpoints automatically: everything is allowed, unless a policy says otherwise. */
export const defaultAllowProfile: CalicoProfile = {
  apiVersion: 'projectcalico.org/v3',
  kind: 'Profile',
  metadata: { name: 'projectcalico-default-allow' },
  spec: { ingress: allow, egress: allow },
}

/** What a namespace means for its pods: open as long as no policy applies, and labels of theirs. */
export function namespaceToProfile({ metadata }: Namespace): CalicoProfile {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Profile',
    metadata: metadataOf(metadata, namespaceProfileName(metadata.name)),
    spec: {
      ingress: allow,
      egress: allow,
      labelsToApply: namespaceProfileLabels(metadata.name, metadata.labels ?? {}),
    },
  }
}

/** What a service account means for the pods that run as it: labels, and no rules. */
export function serviceAccountToProfile({ metadata }: ServiceAccount): CalicoProfile {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'Profile',
    metadata: metadataOf(metadata, serviceAccountProfileName(metadata.namespace ?? '', metadata.name)),
    spec: { labelsToApply: serviceAccountProfileLabels(metadata.name, metadata.labels ?? {}) },
  }
}

function metadataOf({ uid, resourceVersion, creationTimestamp }: ObjectMeta, name: string): ObjectMeta {
  return {
    name,
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
  }
}
