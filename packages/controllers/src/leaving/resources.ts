import type { KubernetesObject, Resource } from '@manx/api'

export interface Deployment extends KubernetesObject {
  readonly spec?: { readonly replicas?: number }
}

export interface ClusterRole extends KubernetesObject {
  readonly rules?: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly resourceNames?: readonly string[]
    readonly verbs: readonly string[]
  }[]
}

export interface ClusterRoleBinding extends KubernetesObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false } as const

export const deployments: Resource<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
}
export const customResourceDefinitions: Resource<KubernetesObject> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
}
export const clusterRoles: Resource<ClusterRole> = { ...rbac, kind: 'ClusterRole', plural: 'clusterroles' }
export const clusterRoleBindings: Resource<ClusterRoleBinding> = {
  ...rbac,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
}
