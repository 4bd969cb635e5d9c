import { isDeepStrictEqual } from 'node:util'
import { type PolicyKind, policyKey, type Store } from '@manx/api'
import type { Felix } from '@manx/felix'
import type { Informers } from './informers.ts'

type PolicyInputs = Pick<Felix, 'setPod' | 'setNamespace' | 'setServiceAccount' | 'setPolicy'>

/**
 * Hands felix what policy is calculated from, now and as it changes; to be called when the stores are complete. Labels come
 * before the policies that select by them, so that the first calculation is the only one.
 */
export function feedPolicy(
  felix: PolicyInputs,
  stores: Pick<Informers, 'pods' | 'namespaces' | 'serviceAccounts' | 'networkPolicies'>,
): void {
  const { pods, namespaces, serviceAccounts, networkPolicies } = stores
  follow(namespaces.store, ({ labels }) => labels, felix.setNamespace)
  follow(serviceAccounts.store, ({ labels }) => labels, felix.setServiceAccount)
  follow(pods.store, ({ state }) => state, felix.setPod)
  follow(
    networkPolicies.store,
    ({ policy }) => policy,
    (key, policy) => felix.setPolicy(keyOfPolicy('KubernetesNetworkPolicy', key), policy),
  )
}

/** Passes on a part of each object, when that part is another one than before; undefined when there is none. */
export function follow<P, V>(
  store: Store<P>,
  part: (object: P) => V | undefined,
  set: (key: string, value: V | undefined) => void,
): () => void {
  return store.subscribe(
    (change) => {
      const now = change.type === 'removed' ? undefined : part(change.object)
      const before = change.type === 'added' ? undefined : part(change.previous)
      if (!isDeepStrictEqual(now, before)) set(change.key, now)
    },
    { replay: true },
  )
}

function keyOfPolicy(kind: PolicyKind, key: string): string {
  const [namespace = '', name = ''] = key.split('/')
  return policyKey({ kind, namespace, name })
}
