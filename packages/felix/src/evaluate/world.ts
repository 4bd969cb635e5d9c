import type { Labels, Policy, PolicyEndpoint, PolicyTier } from '@manx/api'

export interface WorldEndpoint extends PolicyEndpoint {
  /** False: its policies are enforced elsewhere, here it is only a peer. Default true. */
  readonly local?: boolean
}

/** Everything that a verdict depends on, as plain lists. */
export interface World {
  readonly endpoints: readonly WorldEndpoint[]
  /** Labels by name of the namespace. */
  readonly namespaces: Readonly<Record<string, Labels>>
  /** Labels by `namespace/name`. */
  readonly serviceAccounts?: Readonly<Record<string, Labels>>
  readonly policies: readonly Policy[]
  /** The tier `default` is there without being listed. Policies of a tier that is not there have no effect. */
  readonly tiers?: readonly PolicyTier[]
}

/** The labels that selectors of policies see. What an endpoint is lent or is by its place cannot be forged by a label of its own. */
export function effectiveLabels(endpoint: PolicyEndpoint, world: World): Labels {
  const { namespace, serviceAccount } = endpoint
  const labels: Record<string, string> = { ...endpoint.labels }
  for (const key of Object.keys(labels)) if (/^pc(ns|sa)\./.test(key)) delete labels[key]
  lend('pcns.', namespace, world.namespaces[namespace])
  lend('pcsa.', serviceAccount, world.serviceAccounts?.[`${namespace}/${serviceAccount}`])
  labels['projectcalico.org/namespace'] = namespace
  labels['projectcalico.org/orchestrator'] = 'k8s'
  if (serviceAccount !== '') labels['projectcalico.org/serviceaccount'] = serviceAccount
  return labels

  function lend(prefix: string, name: string, lent: Labels | undefined): void {
    if (lent === undefined) return
    for (const [key, value] of Object.entries(lent)) labels[`${prefix}${key}`] = value
    labels[`${prefix}projectcalico.org/name`] = name
  }
}
