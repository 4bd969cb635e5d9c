import type { Labels, Policy, PolicyEndpoint, PolicyTier } from '@manx/api'

export interface WorldEndpoint extends PolicyEndpoint {
  /** False: its policies are enforced elsewhere, here it is only a peer. Default true. */
  readonly local?: boolean
}

/** Everything that a verdict depends on, as plain lists. */
export interface World {
  readonly endpoints: readonly WorldEndpoint[]
  /** Labels by name of the namespace. Endpoints of one that is not there are peers to nobody, and nothing goes from or to them. */
  readonly namespaces: Readonly<Record<string, Labels>>
  /** Labels by `namespace/name`. */
  readonly serviceAccounts?: Readonly<Record<string, Labels>>
  readonly policies: readonly Policy[]
  /** The tier `default` is there without being listed. Policies of a tier that is not there have no effect. */
  readonly tiers?: readonly PolicyTier[]
}

/** A label value has at most 63 characters; Calico leaves out the name one earlier. */
const longestServiceAccount = 62

const reserved = /^(pcns\.|pcsa\.|projectcalico\.org\/(namespace|orchestrator|serviceaccount)$)/

/** The labels that selectors of policies see. What an endpoint is lent or is by its place cannot be forged by a label of its own. */
export function effectiveLabels(endpoint: PolicyEndpoint, world: World): Labels {
  const { namespace, serviceAccount } = endpoint
  const own = Object.entries(endpoint.labels).filter(([key]) => !reserved.test(key))
  return {
    ...Object.fromEntries(own),
    'projectcalico.org/namespace': namespace,
    'projectcalico.org/orchestrator': 'k8s',
    ...(serviceAccount === '' || serviceAccount.length > longestServiceAccount
      ? {}
      : { 'projectcalico.org/serviceaccount': serviceAccount }),
    ...lent('pcns.', namespace, world.namespaces[namespace]),
    ...lent('pcsa.', serviceAccount, world.serviceAccounts?.[`${namespace}/${serviceAccount}`]),
  }
}

/** Nothing as long as the object that lends is not known. */
function lent(prefix: string, name: string, labels: Labels | undefined): Labels {
  if (labels === undefined) return {}
  const prefixed = Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value])
  return { ...Object.fromEntries(prefixed), [`${prefix}projectcalico.org/name`]: name }
}
