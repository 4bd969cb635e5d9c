import { type KubernetesClient, namespaces, serviceAccounts, setFinalizer } from '@manx/api'
import { clusterRoleBindings, clusterRoles, customResourceDefinitions } from './resources.ts'

export interface RightsOptions {
  readonly client: KubernetesClient
  readonly namespace: string
  readonly serviceAccount: string
}

/** The role, and its binding, by which objects are let go when everything else of Manx is deleted. */
export const leavingRole = 'manx-controllers-leaving'
/** Keeps the account until it is not needed any more. */
export const accountFinalizer = 'manx.dev/controllers'

/**
 * Makes sure that finalizers can be taken off at the end. `kubectl delete -k` deletes the rights of the controllers together
 * with the CRDs, whose objects then wait for somebody who may let them go. So these rights are a role of their own, which
 * the cluster's garbage collector deletes after the CRDs and the namespace, and the account waits, too. Must be done before any finalizer is set.
 */
export async function keepRights(options: RightsOptions, crds: readonly string[], signal: AbortSignal): Promise<void> {
  const { client, namespace, serviceAccount } = options
  const owners = await Promise.all([
    ...crds.map((name) => client.get(customResourceDefinitions, name, { signal })),
    client.get(namespaces, namespace, { signal }),
  ])
  const kept = {
    name: leavingRole,
    labels: { 'app.kubernetes.io/name': 'manx-controllers', 'app.kubernetes.io/part-of': 'manx' },
    // They go when the last of their owners is gone. The namespace waits for the account, which these rights let go.
    ownerReferences: owners.map(({ apiVersion, kind, metadata: { name, uid = '' } }) => ({
      apiVersion,
      kind,
      name,
      uid,
    })),
  }
  const apply = { fieldManager: 'manx-controllers', force: true, signal } as const
  const follow = ['get', 'list', 'watch']
  const rules = [
    { apiGroups: ['projectcalico.org'], resources: crds.map(pluralOf), verbs: [...follow, 'patch'] },
    {
      apiGroups: ['apiextensions.k8s.io'],
      resources: ['customresourcedefinitions'],
      resourceNames: crds,
      verbs: follow,
    },
    { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: [serviceAccount], verbs: [...follow, 'patch'] },
  ]
  await client.apply(clusterRoles, { metadata: kept, rules }, apply)
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: leavingRole }
  const subjects = [{ kind: 'ServiceAccount', name: serviceAccount, namespace }]
  await client.apply(clusterRoleBindings, { metadata: kept, roleRef, subjects }, apply)
  await holdAccount(client, { namespace, serviceAccount }, true, signal)
}

/** Puts the finalizer on the account, or takes it off. */
export function holdAccount(
  client: KubernetesClient,
  { namespace, serviceAccount }: Pick<RightsOptions, 'namespace' | 'serviceAccount'>,
  wanted: boolean,
  signal: AbortSignal,
): Promise<void> {
  const ref = { namespace, name: serviceAccount }
  return setFinalizer(client, serviceAccounts, ref, { finalizer: accountFinalizer, wanted }, { signal })
}

const pluralOf = (crd: string): string => crd.split('.')[0] ?? ''
