import { namespaceLabelPrefix, serviceAccountLabelPrefix } from '../selectors/prefix-labels.ts'
import type { Labels } from '../selectors/selector.ts'
import type { PolicyEndpoint } from './model.ts'
import { shared } from './shared.ts'

/** The labels that say where an endpoint belongs. */
export const endpointLabelNames = {
  namespace: 'projectcalico.org/namespace',
  orchestrator: 'projectcalico.org/orchestrator',
  serviceAccount: 'projectcalico.org/serviceaccount',
} as const

/** In the labels that a profile lends: the name of the namespace or service account, behind the prefix. */
const profileName = 'projectcalico.org/name'

/** Longer names are no label values; Calico draws the line one earlier than Kubernetes. */
export const longestServiceAccountLabel = 62

/**
 * The labels of an endpoint itself: the pod's and those of its place. The pod's own never override where it belongs, nor
 * what its namespace and service account lend it. Endpoints with equal labels share one object.
 */
export function endpointLabels(endpoint: PolicyEndpoint): Labels {
  const labels: Record<string, string> = {}
  for (const [key, value] of Object.entries(endpoint.labels)) if (!isReserved(key)) labels[key] = value
  labels[endpointLabelNames.namespace] = endpoint.namespace
  labels[endpointLabelNames.orchestrator] = 'k8s'
  const { serviceAccount } = endpoint
  if (serviceAccount !== '' && serviceAccount.length <= longestServiceAccountLabel) {
    labels[endpointLabelNames.serviceAccount] = serviceAccount
  }
  return shared(labels)
}

/** What a namespace lends to its pods. */
export function namespaceProfileLabels(name: string, labels: Labels): Labels {
  return lent(namespaceLabelPrefix, name, labels)
}

/** What a service account lends to its pods. */
export function serviceAccountProfileLabels(name: string, labels: Labels): Labels {
  return lent(serviceAccountLabelPrefix, name, labels)
}

function lent(prefix: string, name: string, labels: Labels): Labels {
  const result: Record<string, string> = {}
  for (const [key, value] of Object.entries(labels)) result[`${prefix}${key}`] = value
  result[`${prefix}${profileName}`] = name
  return result
}

function isReserved(label: string): boolean {
  return (
    label.startsWith(namespaceLabelPrefix) ||
    label.startsWith(serviceAccountLabelPrefix) ||
    label === endpointLabelNames.namespace ||
    label === endpointLabelNames.orchestrator ||
    label === endpointLabelNames.serviceAccount
  )
}
