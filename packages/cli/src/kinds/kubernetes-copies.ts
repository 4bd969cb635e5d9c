import type { ObjectMeta } from '@manx/api'

const prefix = 'knp.default.'

/** How Calico calls a policy of Kubernetes among its own; what to do with one instead. Undefined for all other names. */
export function explainKubernetesCopy({ name, namespace }: ObjectMeta): string | undefined {
  return explain(name, `kubectl -n ${namespace} get networkpolicies.networking.k8s.io`)
}

/** The same of policies on trial. */
export function explainStagedCopy({ name, namespace }: ObjectMeta): string | undefined {
  return explain(name, `manxctl -n ${namespace} get stagedkubernetesnetworkpolicy`)
}

function explain(name: string, command: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined
  return `a name with ${prefix} stands for a policy of Kubernetes, which is not written or shown here: ${command} ${name.slice(prefix.length)}`
}
